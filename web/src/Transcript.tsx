import { useEffect, useLayoutEffect, useRef, useState } from "react";
import type { ReactNode } from "react";
import type { Appointment, Call, Message, Segment, Task } from "./types";
import { AppointmentCard, MessageCard, TaskCard } from "./Cards";
import { callTone } from "./Calls";
import { callState, duration, isLive, latency, phone } from "./format";
import type { Clock } from "./format";
import type { State } from "./store";
import { Player, plays } from "./Player";
import type { Seek } from "./Player";
import { NotKept, Summary } from "./Summary";
import { Badge, Empty, Skeleton } from "./ui";

/** An assistant's text in what was heard and what was not. */
export function heardParts(s: Segment): { heard: string; rest: string } {
	const text = s.text ?? "";
	if (s.leg !== "assistant" || s.heard === null) return { heard: text, rest: "" };
	if (text.startsWith(s.heard)) return { heard: s.heard, rest: text.slice(s.heard.length) };
	return { heard: s.heard, rest: text };
}

function Words({ s }: { s: Segment }) {
	const { heard, rest } = heardParts(s);
	if (s.unsure)
		return (
			<>
				<span className={`unsure ${s.final ? "" : "text-faint"}`}>{s.text || "(not understood)"}</span>{" "}
				<span className="ml-1 align-middle">
					<Badge tone="warn">unsure</Badge>
				</span>
			</>
		);
	if (!s.final)
		return s.leg === "caller" ? (
			<span className="text-faint">{s.text}</span>
		) : (
			<>
				{heard}
				<span className="text-faint">{rest}</span>
			</>
		);
	return (
		<>
			{heard}
			{rest.trim() && (
				<>
					{" "}
					<span className="sr-only">Not heard by the caller: </span>
					<s className="text-faint decoration-faint/70" title="The caller did not hear this">
						{rest.trim()}
					</s>
				</>
			)}
		</>
	);
}

function Line({ s, repeat, seek }: { s: Segment; repeat: boolean; seek: Seek | null }) {
	const ours = s.leg === "assistant";
	return (
		<li className={`flex flex-col ${ours ? "items-start" : "items-end"} ${repeat ? "mt-1" : "mt-4"}`}>
			{!repeat && (
				<span className="mb-1 flex gap-2 px-1 text-xs text-faint">
					<span className="font-medium">{ours ? "Assistant" : "Caller"}</span>
					{seek ? (
						<button
							type="button"
							onClick={() => seek(s.stream ?? 1, s.start_ms)}
							aria-label={`Play from ${duration(s.start_ms)}`}
							className="rounded tabular-nums underline decoration-faint/50 hover:text-ink"
						>
							{duration(s.start_ms)}
						</button>
					) : (
						<span className="tabular-nums">{duration(s.start_ms)}</span>
					)}
					{ours && s.reply_ms !== null && (
						<span className="tabular-nums" title="From the caller's last word to our first">
							<span className="sr-only">answered in </span>
							<span aria-hidden="true">↩ </span>
							{latency(s.reply_ms)}
						</span>
					)}
				</span>
			)}
			<p
				data-final={s.final}
				data-leg={s.leg}
				className={`max-w-[88%] rounded-2xl px-3.5 py-2 leading-relaxed break-words sm:max-w-[75%] ${
					ours ? "rounded-tl-md border border-line bg-raised" : "rounded-tr-md bg-accent-soft"
				}`}
			>
				<Words s={s} />
			</p>
		</li>
	);
}

type Item =
	| { at: number; key: string; segment: Segment }
	| { at: number; key: string; card: ReactNode };

/** What was said and what came of it, in the order of time. */
function timeline(call: Call, segments: readonly Segment[], cards: { at: string; key: string; card: ReactNode }[]): Item[] {
	const begin = Date.parse(call.answered_at ?? call.started_at);
	let at = 0;
	// Times of a later stream begin anew: never go back.
	const items: Item[] = segments.map((segment) => {
		at = Math.max(at, begin + segment.start_ms);
		return { at, key: `${segment.stream ?? 1}.${segment.seq}`, segment };
	});
	for (const c of cards) {
		const t = Date.parse(c.at);
		const i = items.findIndex((x) => x.at > t);
		items.splice(i < 0 ? items.length : i, 0, { at: t, key: c.key, card: c.card });
	}
	return items;
}

/** Follows what is said; a call that is over begins with its summary. */
function useFollow(dep: unknown, id: string | null, live: boolean) {
	const box = useRef<HTMLDivElement>(null);
	const stick = useRef(true);
	const opened = useRef<string | null>(null);
	const [behind, setBehind] = useState(false);
	const toEnd = () => {
		stick.current = true;
		box.current?.scrollTo({ top: box.current.scrollHeight });
	};
	useLayoutEffect(() => {
		if (opened.current !== id) {
			opened.current = id;
			stick.current = live;
			if (!live) box.current?.scrollTo({ top: 0 });
		}
		if (stick.current) toEnd();
		else setBehind(true);
	}, [dep, id, live]);
	const onScroll = () => {
		const el = box.current;
		if (!el) return;
		stick.current = el.scrollHeight - el.scrollTop - el.clientHeight < 60;
		if (stick.current) setBehind(false);
	};
	return { box, onScroll, behind, toEnd };
}

function Header({ call, clock, back }: { call: Call; clock: Clock; back: () => void }) {
	return (
		<header className="flex items-center gap-3 border-b border-line px-4 py-3">
			<button
				type="button"
				onClick={back}
				aria-label="Back to calls"
				className="-ml-2 rounded-lg px-2 py-1 text-lg text-soft hover:bg-raised lg:hidden"
			>
				←
			</button>
			<div className="min-w-0 flex-1">
				<h2 className="line-clamp-2 min-w-0 break-words font-semibold">{call.name ?? (call.test ? "Test call" : phone(call.caller))}</h2>
				<p className="truncate text-xs text-faint tabular-nums">
					{call.name && <>{call.test ? "test call" : phone(call.caller)} · </>}
					{clock.dayTime(call.started_at)}
					{call.duration_ms !== null && <> · {duration(call.duration_ms)}</>}
				</p>
			</div>
			<Badge tone={callTone(call)}>{callState(call)}</Badge>
		</header>
	);
}

/** For screen readers: whole sentences once, not each change of a word. */
function Spoken({ segments }: { segments: readonly Segment[] }) {
	const lines = segments.filter((s) => s.final).slice(-3);
	return (
		<div role="log" aria-live="polite" aria-label="Live transcript" className="sr-only">
			{lines.map((s) => (
				<p key={`${s.stream ?? 1}.${s.seq}`}>
					{s.leg === "assistant" ? "Assistant" : "Caller"}: {heardParts(s).heard}
				</p>
			))}
		</div>
	);
}

function cardsOf(state: State, call: string, clock: Clock) {
	const of = <T extends { call: string | null }>(m: ReadonlyMap<string, T>) => [...m.values()].filter((x) => x.call === call);
	return [
		...of<Appointment>(state.appointments).map((a) => ({ at: a.created_at, key: a.id, card: <AppointmentCard a={a} clock={clock} /> })),
		...of<Message>(state.messages).map((m) => ({ at: m.at, key: m.id, card: <MessageCard m={m} clock={clock} /> })),
		...of<Task>(state.tasks).map((t) => ({ at: t.created_at, key: t.id, card: <TaskCard t={t} /> })),
	].sort((a, b) => a.at.localeCompare(b.at));
}

export function Transcript({
	state,
	id,
	clock,
	openCall,
	back,
	className,
}: {
	state: State;
	id: string | null;
	clock: Clock;
	openCall: (id: string) => void;
	back: () => void;
	className: string;
}) {
	const call = id === null ? undefined : state.calls.get(id);
	// Of a private call nothing is shown, also not what is on its way still.
	const all = (id === null || call?.private ? undefined : state.segments.get(id)) ?? [];
	// What he was just saying when the call broke has no end of its own.
	const segments = call && !isLive(call.status) ? all.filter((s) => s.final || s.leg !== "caller") : all;
	const seek = useRef<Seek>(null);
	const complete = id !== null && state.complete.has(id);
	const { box, onScroll, behind, toEnd } = useFollow(state, call?.id ?? null, call !== undefined && isLive(call.status));
	useEffect(() => {
		if (id !== null && state.loaded && !complete) openCall(id);
	}, [id, complete, state.loaded, openCall]);

	if (!call)
		return (
			<section aria-label="Transcript" className={`glass min-h-0 flex-col overflow-hidden ${className}`}>
				{!state.loaded || (id !== null && !complete && !state.error) ? (
					<Skeleton rows={5} />
				) : id !== null ? (
					<Empty title="This call is not here">It may be too old, or the link is not whole.</Empty>
				) : (
					<Empty title="Waiting for a call">What is said is written here word by word.</Empty>
				)}
			</section>
		);
	const recordings = [...state.recordings.values()].filter((r) => r.call === call.id && plays(r)).sort((a, b) => a.stream - b.stream);
	const items = timeline(call, segments, cardsOf(state, call.id, clock));
	return (
		<section aria-label="Transcript" className={`glass relative min-h-0 flex-col overflow-hidden ${className}`}>
			<Header call={call} clock={clock} back={back} />
			<div
				ref={box}
				onScroll={onScroll}
				tabIndex={0}
				role="region"
				aria-label="What was said"
				className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 pb-5 -outline-offset-2"
			>
				<Summary call={call} />
				{call.private && <NotKept />}
				{!call.private && recordings.length > 0 && <Player recordings={recordings} segments={segments} seek={seek} />}
				{items.length === 0 &&
					!call.private &&
					(complete ? (
						<Empty title={isLive(call.status) ? "Listening" : "Nothing was said"}>
							{isLive(call.status) ? "Words show up here as they are spoken." : "The call ended before anybody spoke to the assistant."}
						</Empty>
					) : (
						<Skeleton rows={5} />
					))}
				<ol className="mx-auto max-w-3xl">
					{items.map((x, i) => {
						if ("card" in x)
							return (
								<li key={x.key} className="arrive mt-4 flex justify-center">
									{x.card}
								</li>
							);
						const before = items[i - 1];
						return (
							<Line
								key={x.key}
								s={x.segment}
								seek={recordings.some((r) => r.stream === (x.segment.stream ?? 1)) ? (stream, ms) => seek.current?.(stream, ms) : null}
								repeat={before !== undefined && "segment" in before && before.segment.leg === x.segment.leg}
							/>
						);
					})}
				</ol>
				{!isLive(call.status) && items.length > 0 && (
					<p className="mt-6 text-center text-xs text-faint">
						{call.ended_by === "caller" ? "The caller hung up" : "End of the call"}
						{call.ended_at && <>, {clock.time(call.ended_at)}</>}
					</p>
				)}
			</div>
			{behind && isLive(call.status) && (
				<button
					type="button"
					onClick={toEnd}
					className="absolute bottom-4 left-1/2 -translate-x-1/2 rounded-full bg-accent px-4 py-1.5 text-sm font-medium text-ground shadow-panel"
				>
					Newest ↓
				</button>
			)}
			{isLive(call.status) && <Spoken segments={segments} />}
		</section>
	);
}
