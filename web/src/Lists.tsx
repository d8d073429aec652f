// Everything but calls, each as a list.
import type { ReactNode } from "react";
import { textTone } from "./Cards";
import { phone, textStatus, words } from "./format";
import type { Clock } from "./format";
import { Go } from "./nav";
import type { State } from "./store";
import type { Appointment, ListName, Message, Task } from "./types";
import { Action, Badge, Clamp, Empty, More, Panel, Skeleton } from "./ui";

export interface Props {
	state: State;
	clock: Clock;
	more: (name: ListName) => Promise<void>;
	/** Beside something else: only what matters now. */
	brief?: boolean;
}

/** A row of a list; it leads to its call. side, below: what is no part of the link. */
export function Row({
	to,
	fresh,
	side,
	below,
	children,
}: {
	to: string | null;
	fresh: boolean;
	side?: ReactNode;
	below?: ReactNode;
	children: ReactNode;
}) {
	const look = "flex min-w-0 flex-1 flex-col gap-0.5 rounded-xl px-3 py-2.5";
	return (
		<li className={`flex gap-x-2 ${below ? "flex-col" : "items-center"} ${fresh ? "arrive" : ""}`}>
			{to ? (
				<Go to={to} className={`${look} -outline-offset-2 hover:bg-raised`}>
					{children}
				</Go>
			) : (
				<div className={look}>{children}</div>
			)}
			{side}
			{below && <div className="flex flex-col gap-0.5 px-3 pb-2.5">{below}</div>}
		</li>
	);
}

const toCall = (call: string | null) => (call ? `/calls/${call}` : null);

interface Group {
	head: string;
	rows: ReactNode[];
}

export function List({
	loaded,
	groups,
	none,
	heads = false,
	children,
}: {
	loaded: boolean;
	groups: Group[];
	none: ReactNode;
	/** One group alone has its name above it, too. */
	heads?: boolean;
	children?: ReactNode;
}) {
	const some = groups.filter((g) => g.rows.length);
	if (!loaded) return <Skeleton rows={3} />;
	if (!some.length)
		return (
			<>
				{none}
				{children}
			</>
		);
	return (
		<div className="p-1.5">
			{some.map((g) => (
				<div key={g.head}>
					{(heads || some.length > 1) && <h3 className="px-3 pt-2.5 pb-1 text-xs font-medium text-faint">{g.head}</h3>}
					<ul className="flex flex-col gap-0.5">{g.rows}</ul>
				</div>
			))}
			{children}
		</div>
	);
}

export const newest = <T,>(at: (row: T) => string) => (a: T, b: T) => at(b).localeCompare(at(a));
const FILL = "flex flex-1";

export function Appointments({ state, clock, more, brief = false }: Props) {
	const all: Appointment[] = [...state.appointments.values()].sort((a, b) => a.start.localeCompare(b.start));
	const today = clock.today();
	const row = (a: Appointment) => (
		<Row key={a.id} to={toCall(a.call)} fresh={state.fresh.has(a.id)}>
			<span className="flex items-baseline justify-between gap-3">
				<span className="font-medium whitespace-nowrap">
					{clock.day(a.start)}, {clock.time(a.start)}
					{!brief && <span className="max-sm:hidden"> – {clock.time(a.end)}</span>}
				</span>
				{a.status !== "booked" && <Badge tone={a.status === "cancelled" ? "bad" : "plain"}>{words(a.status)}</Badge>}
			</span>
			<span className="truncate text-sm text-soft">
				{words(a.service_name)}, {a.technician}
			</span>
			<span className="line-clamp-2 text-sm break-words text-faint">{[a.name, a.phone && phone(a.phone)].filter(Boolean).join(" · ")}</span>
		</Row>
	);
	const coming = all.filter((a) => a.start.slice(0, 10) >= today && !(brief && a.status === "cancelled"));
	const past = brief ? [] : all.filter((a) => a.start.slice(0, 10) < today).reverse();
	return (
		<Panel label={brief ? "Coming appointments" : "Appointments"} className={FILL}>
			<List
				loaded={state.loaded}
				none={<Empty title={brief ? "Nothing booked" : "No appointments"}>What callers book shows up here.</Empty>}
				groups={[
					{ head: "Coming", rows: coming.map(row) },
					{ head: "Past", rows: past.map(row) },
				]}
			>
				{!brief && <More cursor={state.next.appointments} read={() => more("appointments")} />}
			</List>
		</Panel>
	);
}

export function Texts({ state, clock, more }: Props) {
	const row = (m: Message) => (
		<Row
			key={m.id}
			to={toCall(m.call) ?? `/leads/${m.lead}`}
			fresh={state.fresh.has(m.id)}
			below={
				<>
					<Clamp>{m.body}</Clamp>
					{m.direction === "out" && (
						<span className="mt-1 flex items-baseline gap-2">
							<Badge tone={textTone(m.status)}>{textStatus(m.status)}</Badge>
							{m.error && <span className="min-w-0 text-xs break-words text-bad">{m.error}</span>}
						</span>
					)}
				</>
			}
		>
			<span className="flex items-baseline justify-between gap-3">
				<span className="line-clamp-2 min-w-0 font-medium break-words">
					<span className="text-faint" aria-hidden="true">
						{m.direction === "out" ? "→ " : "← "}
					</span>
					<span className="sr-only">{m.direction === "out" ? "to " : "from "}</span>
					{m.name && <>{m.name} · </>}
					<span className="whitespace-nowrap">{phone(m.direction === "out" ? m.to : m.from)}</span>
				</span>
				<span className="shrink-0 text-xs text-faint tabular-nums">{clock.when(m.at)}</span>
			</span>
		</Row>
	);
	return (
		<Panel label="Texts" className={FILL}>
			<List
				loaded={state.loaded}
				none={<Empty title="No texts">Confirmations that went out, and answers to them.</Empty>}
				groups={[{ head: "Texts", rows: [...state.messages.values()].sort(newest((m) => m.at)).map(row) }]}
			>
				<More cursor={state.next.messages} read={() => more("messages")} />
			</List>
		</Panel>
	);
}

/** Something that is done at once, or not: null when the role does not allow it. */
export type Change<A extends unknown[]> = ((...args: A) => Promise<void>) | null;

export function Tasks({ state, clock, more, onTask, brief = false }: Props & { onTask: Change<[id: string, status: "done" | "open"]> }) {
	const all: Task[] = [...state.tasks.values()].sort(newest((t) => t.created_at));
	const row = (t: Task) => (
		<Row
			key={t.id}
			to={toCall(t.call)}
			fresh={state.fresh.has(t.id)}
			side={
				onTask && (
					<span className="shrink-0 pr-2">
						<Action
							label={`${t.status === "open" ? "Done" : "Open again"}: ${t.name ?? phone(t.phone)}`}
							act={() => onTask(t.id, t.status === "open" ? "done" : "open")}
						>
							{t.status === "open" ? "Done" : "Open again"}
						</Action>
					</span>
				)
			}
		>
			<span className="flex items-baseline justify-between gap-3">
				<span className="line-clamp-2 min-w-0 break-words font-medium">{t.name ?? (t.phone ? phone(t.phone) : words(t.kind))}</span>
				{!brief && <span className="shrink-0 text-xs text-faint tabular-nums">{clock.when(t.created_at)}</span>}
			</span>
			<span className={`text-sm text-soft ${brief ? "line-clamp-2" : "line-clamp-4"}`}>{t.text}</span>
			{t.name && t.phone && <span className="truncate text-sm text-faint">{phone(t.phone)}</span>}
		</Row>
	);
	const open = all.filter((t) => t.status === "open");
	return (
		<Panel label={brief ? "Open tasks" : "Tasks"} className={FILL}>
			<List
				loaded={state.loaded}
				none={
					<Empty title={brief ? "Nothing to do" : "No tasks"}>
						Who wants to be called back, and what the assistant could not settle.
					</Empty>
				}
				groups={[
					{ head: "Open", rows: open.map(row) },
					{ head: "Done", rows: brief ? [] : all.filter((t) => t.status !== "open").map(row) },
				]}
			>
				{!brief && <More cursor={state.next.tasks} read={() => more("tasks")} />}
			</List>
		</Panel>
	);
}
