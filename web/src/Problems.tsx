// What went wrong: numbers that the carrier takes no texts from, what could not
// be sent and waits for somebody, and what is tried again by itself.
import { useEffect, useState } from "react";
import { api } from "./api";
import { phone, words } from "./format";
import { List, newest, Row } from "./Lists";
import type { Change, Props } from "./Lists";
import type { State } from "./store";
import type { Numbered, Outgoing } from "./types";
import { Action, Badge, Empty, More, Panel } from "./ui";

/** Numbers with a problem. Each has a task, whose end is the problem's. */
export function useNumbers(state: State): Numbered[] {
	const [numbers, set] = useState<Numbered[]>([]);
	const about = [...state.tasks.values()].filter((t) => t.kind === "number").map((t) => t.id + t.status).join();
	useEffect(() => {
		if (!state.loaded) return;
		let gone = false;
		api.numbers().then(
			(rows) => {
				if (!gone) set(rows.filter((n) => n.problem !== null));
			},
			() => undefined, // the store says that nothing can be read
		);
		return () => {
			gone = true;
		};
	}, [state.loaded, about]);
	return numbers;
}

const LOOK_MS = 5000;

/** What is not sent yet: no event tells of it, so we look now and then. */
function useRetried(state: State): Outgoing[] | null {
	const [rows, set] = useState<Outgoing[] | null>(null);
	const { loaded, outbox } = state;
	useEffect(() => {
		if (!loaded) return;
		let gone = false;
		const look = () => {
			api.retried().then(
				(found) => {
					if (!gone) set(found.filter((o) => o.kind in KINDS).sort(newest((o) => o.created_at)));
				},
				() => undefined, // the store says that nothing can be read
			);
		};
		look();
		const timer = window.setInterval(look, LOOK_MS);
		return () => {
			gone = true;
			window.clearInterval(timer);
		};
	}, [loaded, outbox]);
	return rows;
}

const KINDS: Record<string, string> = { sms: "Text", call: "Call", email: "E-mail" };

/** What is wrong, and why; owners and staff may try again. */
export function Problems({
	state,
	clock,
	more,
	numbers,
	onTask,
	onRedrive,
}: Props & { numbers: Numbered[]; onTask: Change<[id: string, status: "done" | "open"]>; onRedrive: Change<[id: string]> }) {
	const number = (n: Numbered) => {
		const { task } = n;
		return (
			<Row
				key={n.number}
				to={null}
				fresh={false}
				below={
					<>
						<span className="text-sm text-soft">Register it with the carrier. What waits goes out as soon as you say that it is done.</span>
						{onTask && task !== null && (
							<span className="mt-1.5">
								<Action label={`${phone(n.number)} is registered now`} act={() => onTask(task, "done")}>
									It is registered now
								</Action>
							</span>
						)}
					</>
				}
			>
				<span className="flex flex-wrap items-baseline gap-x-3">
					<span className="font-medium">{phone(n.number)} sends no texts</span>
					{n.problem_at && <span className="text-xs text-faint tabular-nums">since {clock.when(n.problem_at)}</span>}
					{n.held > 0 && <Badge tone="warn">{n.held === 1 ? "1 text waits" : `${n.held} texts wait`}</Badge>}
				</span>
				<span className="text-sm text-bad">
					The carrier says that the number is not registered for texts{n.problem_code && ` (${n.problem_code})`}.
				</span>
			</Row>
		);
	};
	const dead: Outgoing[] = [...state.outbox.values()].filter((o) => o.state === "dead").sort(newest((o) => o.created_at));
	const retried = useRetried(state);
	const fate = (o: Outgoing) => {
		if (o.state === "dead") return <span className="text-sm text-bad">{o.error ?? "It was not taken."}</span>;
		const tries = o.attempt === 1 ? "tried once" : o.attempt > 1 ? `tried ${o.attempt} times` : null;
		return (
			<>
				{o.error && <span className="text-sm text-warn">{o.error}</span>}
				<span className="text-sm text-soft">
					{o.state === "unsure" ? "Whether it went out is looked up before it is sent again" : `The next try: ${clock.when(o.due_at)}`}
					{tries && `; ${tries}`}.
				</span>
			</>
		);
	};
	const row = (o: Outgoing) => (
		<Row
			key={o.id}
			to={null}
			fresh={false}
			side={
				onRedrive &&
				o.state === "dead" && (
					<span className="shrink-0 pr-2">
						<Action label={`Send again to ${o.to ?? "nobody"}`} act={() => onRedrive(o.id)}>
							Send again
						</Action>
					</span>
				)
			}
		>
			<span className="flex flex-wrap items-baseline gap-x-3">
				<span className="min-w-0 font-medium break-words">
					{KINDS[o.kind] ?? words(o.kind)}
					{o.to && <> to {phone(o.to)}</>}
				</span>
				<span className="shrink-0 text-xs text-faint tabular-nums">{clock.when(o.created_at)}</span>
			</span>
			{o.text && <span className="line-clamp-2 text-sm text-soft">{o.text}</span>}
			{fate(o)}
		</Row>
	);
	return (
		<Panel label="Problems" className="flex flex-1">
			<List
				loaded={state.loaded && retried !== null}
				none={<Empty title="No problems">Everything that was to be sent went out.</Empty>}
				heads
				groups={[
					{ head: "Numbers", rows: numbers.map(number) },
					{ head: "Could not be sent", rows: dead.map(row) },
					{ head: "Not sent yet", rows: (retried ?? []).map(row) },
				]}
			>
				<More cursor={state.next.outbox} read={() => more("outbox")} />
			</List>
		</Panel>
	);
}
