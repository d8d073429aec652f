// What a business looks after now and then: who is blocked, which programs
// have a key, who changed what. What went wrong is in Problems.tsx.
import { useState } from "react";
import type { FormEvent, ReactNode } from "react";
import { api, why } from "./api";
import { audited, phone, toE164, words } from "./format";
import type { Clock } from "./format";
import { Row } from "./Lists";
import { Go, MANAGE } from "./nav";
import type { View } from "./nav";
import { useList } from "./pages";
import type { AuditLine, Blocked, Key, Person, Role } from "./types";
import { Action, Badge, Button, Empty, More, Panel, Skeleton, Wrong } from "./ui";

export interface ManageProps {
	clock: Clock;
	onSignedOut: () => void;
	/** May the user change this? */
	may: boolean;
}

/** The ways between these views; owners have more of them. */
export function ManageTabs({ view, owner, problems }: { view: View; owner: boolean; problems: number }) {
	return (
		<nav aria-label="Manage" className="mb-3 flex shrink-0 flex-wrap gap-1">
			{MANAGE.filter((m) => owner || !m.owner).map((m) => (
				<Go
					key={m.view}
					to={m.path}
					current={m.view === view}
					className={`rounded-xl px-3 py-1.5 text-sm font-medium ${m.view === view ? "bg-accent-soft text-accent" : "text-soft hover:bg-raised hover:text-ink"}`}
				>
					{m.label}
					{m.view === "problems" && problems > 0 && (
						<span className="ml-1.5 rounded-full bg-warn-soft px-1.5 text-[0.7rem] leading-5 text-warn tabular-nums">{problems}</span>
					)}
				</Go>
			))}
		</nav>
	);
}

const FIELD = "h-10 w-full rounded-lg border border-line bg-raised px-3 text-base text-ink sm:h-9 sm:text-sm";

function Field({ label, children }: { label: string; children: ReactNode }) {
	return (
		<label className="flex min-w-0 flex-1 flex-col gap-1 text-xs font-medium text-soft">
			{label}
			{children}
		</label>
	);
}

/** A form whose button cannot be pressed twice, and what was wrong with it. */
function Form({ label, send, children }: { label: string; send: () => Promise<void>; children: ReactNode }) {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<string | null>(null);
	const submit = (e: FormEvent) => {
		e.preventDefault();
		setBusy(true);
		setError(null);
		send()
			.catch((x: unknown) => setError(why(x)))
			.finally(() => setBusy(false));
	};
	return (
		<form onSubmit={submit} aria-label={label} className="flex flex-col gap-3 border-b border-line p-4">
			<div className="flex flex-col gap-3 sm:flex-row sm:items-end">
				{children}
				<Button disabled={busy}>{label}</Button>
			</div>
			{error !== null && <Wrong>{error}</Wrong>}
		</form>
	);
}

const FILL = "flex flex-1";

function Rows({ list, none, children }: { list: { rows: unknown[] | null; error: string | null }; none: ReactNode; children: ReactNode }) {
	if (list.error !== null)
		return (
			<div className="p-4">
				<Wrong>{list.error}</Wrong>
			</div>
		);
	if (list.rows === null) return <Skeleton rows={3} />;
	if (list.rows.length === 0) return none;
	return <ul className="flex flex-col gap-0.5 p-1.5">{children}</ul>;
}

/* ---- who is blocked ---- */

export function BlockedCallers({ clock, onSignedOut, may }: ManageProps) {
	const list = useList<Blocked>("blocked", onSignedOut);
	const [number, setNumber] = useState("");
	const [reason, setReason] = useState("");
	const block = async () => {
		const e164 = toE164(number);
		if (e164 === null) throw new Error("Write the number with its country code, such as +1 415 555 0123.");
		list.put(await api.block(e164, reason.trim()));
		setNumber("");
		setReason("");
	};
	return (
		<Panel label="Blocked callers" className={FILL}>
			{may && (
				<Form label="Block" send={block}>
					<Field label="Number">
						<input type="tel" required value={number} onChange={(e) => setNumber(e.target.value)} maxLength={30} className={FIELD} />
					</Field>
					<Field label="Why (if you like)">
						<input value={reason} onChange={(e) => setReason(e.target.value)} maxLength={300} className={FIELD} />
					</Field>
				</Form>
			)}
			<Rows list={list} none={<Empty title="Nobody is blocked">Calls of a blocked number are refused before they ring.</Empty>}>
				{list.rows?.map((b) => (
					<Row
						key={b.id}
						to={null}
						fresh={false}
						side={
							may && (
								<span className="shrink-0 pr-2">
									<Action
										label={`Unblock ${phone(b.number)}`}
										act={() =>
											list.change(async () => {
												await api.unblock(b.id);
												list.drop(b.id);
											})
										}
									>
										Unblock
									</Action>
								</span>
							)
						}
					>
						<span className="flex items-baseline justify-between gap-3">
							<span className="font-medium whitespace-nowrap">{phone(b.number)}</span>
							<span className="shrink-0 text-xs text-faint tabular-nums">{clock.when(b.created_at)}</span>
						</span>
						{b.reason && <span className="text-sm break-words text-soft">{b.reason}</span>}
					</Row>
				))}
			</Rows>
			<More cursor={list.next} read={list.more} />
		</Panel>
	);
}

/* ---- keys of programs ---- */

/** Told once: there is no way to read it again. */
function NewKey({ token, done }: { token: string; done: () => void }) {
	const [copied, setCopied] = useState(false);
	return (
		<div role="status" className="flex flex-col gap-3 border-b border-line bg-accent-soft p-4">
			<p className="text-sm text-ink">
				<strong>Here is the new key.</strong> It is shown only now: copy it to where it is used.
			</p>
			<code className="rounded-lg border border-line bg-raised px-3 py-2 font-mono text-[0.8rem] break-all text-ink select-all">{token}</code>
			<div className="flex gap-2">
				<Button
					onClick={() => {
						navigator.clipboard?.writeText(token).then(
							() => setCopied(true),
							() => setCopied(false),
						);
					}}
				>
					{copied ? "Copied" : "Copy"}
				</Button>
				<Button quiet onClick={done}>
					I have it
				</Button>
			</div>
		</div>
	);
}

function Revoke({ name, act }: { name: string; act: () => Promise<void> }) {
	const [sure, setSure] = useState(false);
	if (!sure)
		return (
			<Button label={`Revoke ${name}`} onClick={() => setSure(true)}>
				Revoke
			</Button>
		);
	return (
		<span className="flex gap-1">
			<Action label={`Really revoke ${name}`} act={act}>
				Really?
			</Action>
			<Button quiet label={`Keep ${name}`} onClick={() => setSure(false)}>
				Keep
			</Button>
		</span>
	);
}

const MAY: [Exclude<Role, "admin">, string][] = [
	["viewer", "Reads"],
	["staff", "Reads, closes tasks, blocks callers"],
	["owner", "Everything"],
];
const DAYS: [number, string][] = [
	[30, "30 days"],
	[90, "90 days"],
	[365, "A year"],
];

export function Keys({ clock, onSignedOut }: ManageProps) {
	const list = useList<Key>("tokens", onSignedOut);
	const [made, setMade] = useState<string | null>(null);
	const [name, setName] = useState("");
	const [role, setRole] = useState<string>("viewer");
	const [days, setDays] = useState(90);
	const make = async () => {
		const { token, ...key } = await api.addKey(name.trim(), role, days);
		list.put(key);
		setMade(token);
		setName("");
	};
	return (
		<Panel label="Keys of programs" className={FILL}>
			{made !== null ? (
				<NewKey token={made} done={() => setMade(null)} />
			) : (
				<Form label="Make a key" send={make}>
					<Field label="For what">
						<input required value={name} onChange={(e) => setName(e.target.value)} maxLength={120} placeholder="Wall display" className={FIELD} />
					</Field>
					<Field label="It may">
						<select value={role} onChange={(e) => setRole(e.target.value)} className={FIELD}>
							{MAY.map(([r, what]) => (
								<option key={r} value={r} className="bg-ground text-ink">
									{what}
								</option>
							))}
						</select>
					</Field>
					<Field label="For how long">
						<select value={days} onChange={(e) => setDays(Number(e.target.value))} className={FIELD}>
							{DAYS.map(([n, what]) => (
								<option key={n} value={n} className="bg-ground text-ink">
									{what}
								</option>
							))}
						</select>
					</Field>
				</Form>
			)}
			<Rows list={list} none={<Empty title="No keys">A program that reads calls or tasks, such as a wall display, needs one.</Empty>}>
				{list.rows?.map((k) => (
					<Row
						key={k.id}
						to={null}
						fresh={false}
						side={
							<span className="shrink-0 pr-2">
								<Revoke
									name={k.name}
									act={() =>
										list.change(async () => {
											await api.revokeKey(k.id);
											list.drop(k.id);
										})
									}
								/>
							</span>
						}
					>
						<span className="flex items-baseline gap-2">
							<span className="line-clamp-2 min-w-0 font-medium break-words">{k.name}</span>
							<Badge>{words(k.role === "viewer" ? "read only" : k.role)}</Badge>
						</span>
						<span className="text-sm text-faint">
							made {clock.day(k.created_at)}, ends {clock.day(k.expires_at)}
						</span>
					</Row>
				))}
			</Rows>
			<More cursor={list.next} read={list.more} />
		</Panel>
	);
}

/* ---- who changed what ---- */

export function AuditLog({ clock, onSignedOut }: ManageProps) {
	const list = useList<AuditLine>("audit", onSignedOut);
	const people = useList<Person>("people", onSignedOut);
	const names = new Map(people.rows?.map((p) => [p.id, p.name ?? p.email]));
	const who = (actor: string) => names.get(actor) ?? (actor.startsWith("nightbell_") ? "On the machine" : "Somebody who left");
	return (
		<Panel label="Log" className={FILL}>
			<Rows list={list} none={<Empty title="Nothing changed yet">Who blocks, closes, makes keys or signs in is written down here.</Empty>}>
				{list.rows?.map((l) => {
					const { what, about } = audited(l);
					return (
						<Row key={l.id} to={null} fresh={false}>
							<span className="flex items-baseline justify-between gap-3">
								<span className="min-w-0 font-medium break-words">{what}</span>
								<span className="shrink-0 text-xs text-faint tabular-nums">{clock.dayTime(l.at)}</span>
							</span>
							{about && <span className="text-sm break-words text-soft">{about}</span>}
							<span className="text-sm break-words text-faint">{people.rows === null ? "…" : who(l.actor)}</span>
						</Row>
					);
				})}
			</Rows>
			<More cursor={list.next} read={list.more} />
		</Panel>
	);
}
