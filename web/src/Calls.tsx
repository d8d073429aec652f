import type { Call, ListName } from "./types";
import { callState, duration, isLive, phone, words as mark } from "./format";
import type { Clock } from "./format";
import { Go } from "./nav";
import type { State } from "./store";
import { Badge, Empty, More, Panel, Skeleton } from "./ui";
import type { Tone } from "./ui";

/** Live ones on top, then the newest. */
export function sortCalls(calls: Iterable<Call>): Call[] {
	return [...calls].sort(
		(a, b) =>
			Number(isLive(b.status)) - Number(isLive(a.status)) || b.started_at.localeCompare(a.started_at),
	);
}

const HOUR_MS = 3600 * 1000;

/** Calls that are not read yet may be going on, too: the last one here began just now. */
export function moreLive(state: State): boolean {
	const first = [...state.calls.values()].reduce((at, c) => (c.started_at < at ? c.started_at : at), "9");
	return state.next.calls !== null && Date.now() - Date.parse(first) < HOUR_MS;
}

export function callTone(c: Call): Tone {
	if (isLive(c.status)) return c.status === "live" ? "live" : "warn";
	if (c.outcome === "emergency" || c.mark === "abusive") return "bad";
	if (c.outcome === "booked" || c.outcome === "moved") return "good";
	return c.status === "failed" ? "bad" : "plain";
}

function lastWords(state: State, call: string): string | undefined {
	return state.segments.get(call)?.at(-1)?.text ?? undefined;
}

function Row({ call, open, words, clock }: { call: Call; open: boolean; words: string | undefined; clock: Clock }) {
	const live = isLive(call.status);
	return (
		<li>
			<Go
				to={`/calls/${call.id}`}
				current={open}
				className={`flex flex-col gap-1 rounded-xl px-3 py-2.5 -outline-offset-2 ${open ? "bg-accent-soft" : "hover:bg-raised"}`}
			>
				<span className="flex items-baseline justify-between gap-3">
					<span className="line-clamp-2 min-w-0 break-words font-medium">{call.name ?? (call.test ? "Test call" : phone(call.caller))}</span>
					<span className="shrink-0 text-xs text-faint tabular-nums">{clock.time(call.started_at)}</span>
				</span>
				<span className="flex items-center gap-2">
					<Badge tone={callTone(call)}>{callState(call)}</Badge>
					{call.mark && call.mark !== call.outcome && <Badge>{mark(call.mark)}</Badge>}
					{call.private && <Badge>Private</Badge>}
					{call.test && call.name && <Badge>Test</Badge>}
					<span className="ml-auto truncate text-xs text-faint tabular-nums">
						{call.name && !call.test ? phone(call.caller) : duration(call.duration_ms)}
					</span>
				</span>
				{live && words && !call.private && <span className="truncate text-sm text-soft">{words}</span>}
				{!live && call.insights?.what && <span className="truncate text-sm text-soft">{call.insights.what}</span>}
			</Go>
		</li>
	);
}

export function Calls({
	state,
	selected,
	clock,
	more,
	className,
}: {
	state: State;
	selected: string | null;
	clock: Clock;
	more: (name: ListName) => Promise<void>;
	className: string;
}) {
	const calls = sortCalls(state.calls.values());
	const live = calls.filter((c) => isLive(c.status)).length;
	const today = clock.today();
	let group = "";
	return (
		<Panel
			label="Calls"
			className={className}
			head={
				<div className="flex items-center justify-between border-b border-line px-4 py-3">
					<h2 className="text-sm font-semibold">Calls</h2>
					{live > 0 && <Badge tone="live">{`${live}${moreLive(state) ? "+" : ""} now`}</Badge>}
				</div>
			}
		>
			{!state.loaded ? (
				<Skeleton />
			) : calls.length === 0 ? (
				<Empty title="No calls yet">When somebody rings and nobody answers, the call shows up here while it is going on.</Empty>
			) : (
				<>
				<ul className="flex flex-col gap-0.5 p-1.5">
					{calls.map((c) => {
						const day = isLive(c.status) ? "Now" : clock.key(c.started_at) === today ? "Today" : clock.day(c.started_at);
						const head = day === group ? null : (group = day);
						return [
							head && (
								<li key={`day ${head}`} className="px-3 pt-2.5 pb-1 text-xs font-medium text-faint">
									{head}
								</li>
							),
							<Row key={c.id} call={c} open={c.id === selected} words={lastWords(state, c.id)} clock={clock} />,
						];
					})}
				</ul>
				<More cursor={state.next.calls} read={() => more("calls")} />
				</>
			)}
		</Panel>
	);
}
