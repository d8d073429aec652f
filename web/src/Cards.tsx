// What came of a call: in its transcript, and in the lists.
import type { ReactNode } from "react";
import type { Appointment, Message, Task } from "./types";
import { phone, textStatus, words } from "./format";
import type { Clock } from "./format";
import { Badge } from "./ui";
import type { Tone } from "./ui";

function Card({ title, side, children }: { title: string; side?: ReactNode; children: ReactNode }) {
	return (
		<article className="w-full max-w-md rounded-xl border border-line bg-raised px-4 py-3">
			<header className="mb-1 flex items-center justify-between gap-3">
				<h3 className="text-xs font-medium text-faint">{title}</h3>
				{side}
			</header>
			{children}
		</article>
	);
}

export function textTone(status: string): Tone {
	if (status === "delivered" || status === "sent") return "good";
	if (status === "failed" || status === "undelivered") return "bad";
	return status === "unconfirmed" || status === "cancelled" ? "warn" : "plain";
}

export function AppointmentCard({ a, clock }: { a: Appointment; clock: Clock }) {
	return (
		<Card
			title="Appointment"
			side={<Badge tone={a.status === "cancelled" ? "bad" : "good"}>{words(a.status)}</Badge>}
		>
			<p className="font-semibold">
				{clock.day(a.start)}, {clock.time(a.start)} – {clock.time(a.end)}
			</p>
			<p className="text-sm text-soft">
				{words(a.service_name)}
				{a.name && <> for {a.name}</>}, with {a.technician}
			</p>
			{a.notes && <p className="mt-1 text-sm text-soft">“{a.notes}”</p>}
		</Card>
	);
}

export function MessageCard({ m, clock }: { m: Message; clock: Clock }) {
	const out = m.direction === "out";
	return (
		<Card
			title={`${out ? "Text to" : "Text from"} ${phone(out ? m.to : m.from)}`}
			side={
				out ? (
					<Badge tone={textTone(m.status)}>{textStatus(m.status)}</Badge>
				) : (
					<span className="text-xs text-faint">{clock.time(m.at)}</span>
				)
			}
		>
			<p className="text-sm break-words whitespace-pre-line">{m.body}</p>
			{m.error && <p className="mt-1 text-sm text-bad">{m.error}</p>}
		</Card>
	);
}

export function TaskCard({ t }: { t: Task }) {
	return (
		<Card title="Message for you" side={<Badge tone={t.status === "open" ? "warn" : "plain"}>{words(t.status)}</Badge>}>
			<p className="text-sm">
				Call back {t.name ?? phone(t.phone)}
				{t.name && t.phone && <>, {phone(t.phone)}</>}
			</p>
			<p className="mt-1 text-sm text-soft">“{t.text}”</p>
		</Card>
	);
}
