import type { ReactNode } from "react";
import type { Appointment, Message } from "./api";
import { textTone } from "./Cards";
import { phone, textStatus, words } from "./format";
import type { Clock } from "./format";
import type { State } from "./store";
import { Badge, Empty, Panel, Skeleton } from "./ui";

interface Props {
	state: State;
	clock: Clock;
	go: (path: string) => void;
	className: string;
}

function Row({ call, fresh, go, children }: { call: string | null; fresh: boolean; go: (path: string) => void; children: ReactNode }) {
	const look = `flex flex-col gap-0.5 rounded-xl px-3 py-2.5 ${fresh ? "arrive" : ""}`;
	return (
		<li>
			{call ? (
				<a
					href={`/calls/${call}`}
					onClick={(e) => {
						if (e.metaKey || e.ctrlKey || e.shiftKey) return;
						e.preventDefault();
						go(`/calls/${call}`);
					}}
					className={`${look} -outline-offset-2 hover:bg-raised`}
				>
					{children}
				</a>
			) : (
				<div className={look}>{children}</div>
			)}
		</li>
	);
}

function List({ loaded, rows, none }: { loaded: boolean; rows: ReactNode[]; none: ReactNode }) {
	if (!loaded) return <Skeleton rows={3} />;
	return rows.length ? <ul className="flex flex-col gap-0.5 p-1.5">{rows}</ul> : none;
}

export function Appointments({ state, clock, go, className }: Props) {
	const all: Appointment[] = [...state.appointments.values()].sort((a, b) => a.start.localeCompare(b.start));
	const today = clock.today();
	const next = all.filter((a) => a.start.slice(0, 10) >= today);
	const past = all.filter((a) => a.start.slice(0, 10) < today).reverse();
	return (
		<Panel label="Appointments" className={className}>
			<List
				loaded={state.loaded}
				none={<Empty title="No appointments">What callers book shows up here.</Empty>}
				rows={[...next, ...past].map((a) => (
					<Row key={a.id} call={a.call} fresh={state.fresh.has(a.id)} go={go}>
						<span className="flex items-baseline justify-between gap-3">
							<span className="font-medium whitespace-nowrap">
								{clock.day(a.start)}, {clock.time(a.start)}
							</span>
							{a.status !== "booked" && <Badge tone={a.status === "cancelled" ? "bad" : "plain"}>{words(a.status)}</Badge>}
						</span>
						<span className="truncate text-sm text-soft">
							{words(a.service_name)}, {a.technician}
						</span>
						<span className="truncate text-sm text-faint">{[a.name, a.phone && phone(a.phone)].filter(Boolean).join(" · ")}</span>
					</Row>
				))}
			/>
		</Panel>
	);
}

export function Texts({ state, clock, go, className }: Props) {
	const all: Message[] = [...state.messages.values()].sort((a, b) => b.at.localeCompare(a.at));
	return (
		<Panel label="Texts" className={className}>
			<List
				loaded={state.loaded}
				none={<Empty title="No texts">Confirmations that went out, and answers to them.</Empty>}
				rows={all.map((m) => (
					<Row key={m.id} call={m.call} fresh={state.fresh.has(m.id)} go={go}>
						<span className="flex items-baseline justify-between gap-3">
							<span className="truncate font-medium">
								<span className="text-faint" aria-hidden="true">
									{m.direction === "out" ? "→ " : "← "}
								</span>
								<span className="sr-only">{m.direction === "out" ? "to " : "from "}</span>
								{phone(m.direction === "out" ? m.to : m.from)}
							</span>
							<span className="shrink-0 text-xs text-faint tabular-nums">
								{clock.key(m.at) === clock.today() ? clock.time(m.at) : clock.day(m.at)}
							</span>
						</span>
						<span className="line-clamp-2 text-sm text-soft">{m.body}</span>
						{m.direction === "out" && (
							<span className="mt-1">
								<Badge tone={textTone(m.status)}>{textStatus(m.status)}</Badge>
							</span>
						)}
					</Row>
				))}
			/>
		</Panel>
	);
}
