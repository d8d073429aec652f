// People who called: the list, and one person with all that came of them.
import { useEffect } from "react";
import type { ReactNode } from "react";
import { callTone } from "./Calls";
import { AppointmentCard, MessageCard, TaskCard } from "./Cards";
import { callState, lang, phone } from "./format";
import { newest } from "./Lists";
import type { Props } from "./Lists";
import { Go } from "./nav";
import type { Lead } from "./types";
import { Badge, Empty, More, Panel, Skeleton } from "./ui";

export function People({ state, clock, more, selected, className }: Props & { selected: string | null; className: string }) {
	const leads: Lead[] = [...state.leads.values()].sort(newest((l) => l.created_at));
	return (
		<Panel label="Leads" className={className}>
			{!state.loaded ? (
				<Skeleton />
			) : leads.length === 0 ? (
				<Empty title="No leads">Everybody who rings becomes one, with the name they say.</Empty>
			) : (
				<ul className="flex flex-col gap-0.5 p-1.5">
					{leads.map((l) => (
						<li key={l.id} className={state.fresh.has(l.id) ? "arrive" : ""}>
							<Go
								to={`/leads/${l.id}`}
								current={l.id === selected}
								className={`flex flex-col gap-0.5 rounded-xl px-3 py-2.5 -outline-offset-2 ${l.id === selected ? "bg-accent-soft" : "hover:bg-raised"}`}
							>
								<span className="flex items-baseline justify-between gap-3">
									<span className="line-clamp-2 min-w-0 break-words font-medium">{l.name ?? phone(l.phone)}</span>
									<span className="shrink-0 text-xs text-faint tabular-nums">{clock.when(l.created_at)}</span>
								</span>
								<span className="flex items-baseline gap-2 text-sm text-faint">
									{l.name ? phone(l.phone) : "No name yet"}
									{l.lang && l.lang !== "en" && <Badge>{lang(l.lang)}</Badge>}
								</span>
							</Go>
						</li>
					))}
				</ul>
			)}
			<More cursor={state.next.leads} read={() => more("leads")} />
		</Panel>
	);
}

interface Thing {
	key: string;
	at: string;
	shown: ReactNode;
}

function things({ state, clock }: Pick<Props, "state" | "clock">, lead: Lead): Thing[] {
	const of = <T extends { lead: string | null }>(m: ReadonlyMap<string, T>) => [...m.values()].filter((x) => x.lead === lead.id);
	return [
		...of(state.calls).map((c) => ({
			key: c.id,
			at: c.started_at,
			shown: (
				<Go
					to={`/calls/${c.id}`}
					className="flex w-full max-w-md items-center justify-between gap-3 rounded-xl border border-line bg-raised px-4 py-3 hover:border-accent"
				>
					<span className="min-w-0">
						<span className="block text-xs font-medium text-faint">Call</span>
						<span className="block truncate text-sm">{c.insights?.what ?? clock.time(c.started_at)}</span>
					</span>
					<Badge tone={callTone(c)}>{callState(c)}</Badge>
				</Go>
			),
		})),
		...of(state.appointments).map((a) => ({ key: a.id, at: a.created_at, shown: <AppointmentCard a={a} clock={clock} /> })),
		...of(state.messages).map((m) => ({ key: m.id, at: m.at, shown: <MessageCard m={m} clock={clock} /> })),
		...of(state.tasks).map((t) => ({ key: t.id, at: t.created_at, shown: <TaskCard t={t} /> })),
	].sort(newest((x) => x.at));
}

export function Person({
	state,
	clock,
	id,
	openLead,
	className,
}: Props & { id: string | null; openLead: (id: string) => void; className: string }) {
	useEffect(() => {
		if (id !== null && state.loaded) openLead(id);
	}, [id, state.loaded, openLead]);
	const lead = id === null ? undefined : state.leads.get(id);
	if (!lead || id === null)
		return (
			<section aria-label="Person" className={`glass min-h-0 flex-col overflow-hidden ${className}`}>
				{id === null ? (
					<Empty title="Who was it?">Choose somebody: calls, appointments and texts of theirs show up here.</Empty>
				) : state.error ? (
					<Empty title="This person is not here">The link is not whole, or belongs to another business.</Empty>
				) : (
					<Skeleton />
				)}
			</section>
		);
	const known = state.people.get(id);
	let group = "";
	return (
		<section aria-label="Person" className={`glass min-h-0 flex-col overflow-hidden ${className}`}>
			<header className="flex items-center gap-3 border-b border-line px-4 py-3">
				<Go to="/leads" label="Back to leads" className="-ml-2 rounded-lg px-2 py-1 text-lg text-soft hover:bg-raised lg:hidden">
					←
				</Go>
				<div className="min-w-0 flex-1">
					<h2 className="line-clamp-2 min-w-0 break-words font-semibold">{lead.name ?? phone(lead.phone)}</h2>
					<p className="truncate text-xs text-faint tabular-nums">
						{lead.name && <>{phone(lead.phone)} · </>}first call {clock.day(lead.created_at)}
					</p>
				</div>
				{known?.opted_out && <Badge tone="warn">Wants no texts</Badge>}
				{known?.blocked && <Badge tone="bad">Blocked</Badge>}
			</header>
			<div tabIndex={0} role="region" aria-label="What came of it" className="min-h-0 flex-1 overflow-y-auto px-4 pb-5 -outline-offset-2">
				<ol className="mx-auto flex max-w-md flex-col gap-3">
					{things({ state, clock }, lead).map((x) => {
						const day = clock.day(x.at);
						const head = day === group ? null : (group = day);
						return (
							<li key={x.key} className={head ? "pt-3" : ""}>
								{head && <h3 className="pb-2 text-xs font-medium text-faint">{head}</h3>}
								{x.shown}
							</li>
						);
					})}
				</ol>
			</div>
		</section>
	);
}
