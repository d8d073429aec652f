// What the page knows. Everything is an upsert, so that a list, a call's
// details and the event stream may tell the same thing in any order.
import { useCallback, useEffect, useReducer, useRef } from "react";
import { api, ApiError, why } from "./api";
import { follow } from "./events";
import type { CallDetail, LeadDetail, ListName, LiveEvent, Outgoing, Page, Recording, Rows, Segment } from "./types";

export type Link = "connecting" | "live" | "lost";

/** The lists that the page keeps, each by id. */
type Lists = { [K in ListName]: ReadonlyMap<string, Rows[K]> };

export interface State extends Lists {
	/** Of leads that were looked at. */
	people: ReadonlyMap<string, { opted_out: boolean; blocked: boolean }>;
	/** By call, in the order in which they were spoken. */
	segments: ReadonlyMap<string, readonly Segment[]>;
	/** Of calls that were looked at, by id. */
	recordings: ReadonlyMap<string, Recording>;
	/** Cursors of what is not read yet; null: all of it is here. */
	next: Readonly<Record<ListName, string | null>>;
	/** Calls whose earlier segments were read. */
	complete: ReadonlySet<string>;
	loaded: boolean;
	link: Link;
	error: string | null;
	/** Ids that came by event in this visit: shown with emphasis. */
	fresh: ReadonlySet<string>;
}

const LISTS: readonly ListName[] = ["calls", "leads", "appointments", "tasks", "messages", "outbox"];
const nothing = { calls: null, leads: null, appointments: null, tasks: null, messages: null, outbox: null };

export const empty: State = {
	calls: new Map(),
	leads: new Map(),
	appointments: new Map(),
	tasks: new Map(),
	messages: new Map(),
	outbox: new Map(),
	people: new Map(),
	segments: new Map(),
	recordings: new Map(),
	next: nothing,
	complete: new Set(),
	loaded: false,
	link: "connecting",
	error: null,
	fresh: new Set(),
};

type Pages = { [K in ListName]?: Page<K> };

export type Action =
	/** again: what was known before may be wrong. */
	| { do: "pages"; pages: Pages; again: boolean }
	| { do: "call"; detail: CallDetail }
	| { do: "lead"; detail: LeadDetail }
	| { do: "outgoing"; row: Outgoing }
	| { do: "event"; event: LiveEvent }
	| { do: "link"; link: Link }
	| { do: "error"; error: string | null };

function put<T extends { id: string }>(map: ReadonlyMap<string, T>, rows: readonly T[]): ReadonlyMap<string, T> {
	const next = new Map(map);
	// A list may say more of a row than an event.
	for (const row of rows) next.set(row.id, { ...next.get(row.id), ...row });
	return next;
}

function order(a: Segment, b: Segment): number {
	return (a.stream ?? 1) - (b.stream ?? 1) || a.seq - b.seq;
}

/**
 * Adds segments; of the same place in the call the higher revision stays. What was
 * just being said is taken back by an empty text: it was a noise.
 */
export function mergeSegments(old: readonly Segment[], more: readonly Segment[]): readonly Segment[] {
	const next = [...old];
	// What is being spoken does not know which stream of the call it is.
	const newest = old.reduce((n, s) => Math.max(n, s.stream ?? 1), 1);
	for (const s of more) {
		const seg = s.stream === undefined ? { ...s, stream: newest } : s;
		const i = next.findIndex((x) => order(x, seg) === 0);
		const was = next[i];
		if (seg.leg === "caller" && !seg.final && !seg.text) {
			if (was && !was.final) next.splice(i, 1);
		} else if (was === undefined) next.push(seg);
		else if (seg.rev > was.rev || (seg.rev === was.rev && !was.final)) next[i] = seg;
	}
	return next.sort(order);
}

function withSegments(state: State, call: string, more: readonly Segment[]): State["segments"] {
	return new Map(state.segments).set(call, mergeSegments(state.segments.get(call) ?? [], more));
}

/** A lead's name is said in the middle of a call, which shows it. */
function named(state: State, lead: { id: string; name: string | null }): State["calls"] {
	const calls = [...state.calls.values()].filter((c) => c.lead === lead.id && c.name !== lead.name);
	return put(state.calls, calls.map((c) => ({ ...c, name: lead.name })));
}

function onRecording(state: State, r: Recording): State {
	if (r.state !== "deleting" && r.state !== "deleted") return { ...state, recordings: put(state.recordings, [r]) };
	const recordings = new Map(state.recordings);
	recordings.delete(r.id);
	return { ...state, recordings };
}

function onEvent(state: State, e: LiveEvent): State {
	const fresh = () => new Set(state.fresh).add((e.data as { id: string }).id);
	switch (e.type) {
		case "call":
			return { ...state, calls: put(state.calls, [e.data]) };
		case "segment":
			return { ...state, segments: withSegments(state, e.data.call, [e.data]) };
		case "appointment":
			return { ...state, appointments: put(state.appointments, [e.data]), fresh: fresh() };
		case "message":
			return { ...state, messages: put(state.messages, [e.data]), fresh: fresh() };
		case "task":
			return { ...state, tasks: put(state.tasks, [e.data]), fresh: fresh() };
		case "recording":
			return onRecording(state, e.data);
		case "lead":
			return { ...state, leads: put(state.leads, [e.data]), calls: named(state, e.data), fresh: fresh() };
	}
}

function onPages(state: State, pages: Pages, again: boolean): State {
	const lists: Partial<Record<ListName, ReadonlyMap<string, { id: string }>>> = {};
	const next = { ...state.next };
	for (const name of LISTS) {
		const page = pages[name];
		if (!page) continue;
		lists[name] = put<{ id: string }>(again ? new Map() : state[name], page.rows);
		next[name] = page.next;
	}
	// The open call is read again when what was known may be wrong.
	const complete = again ? new Set<string>() : state.complete;
	return { ...state, ...(lists as Partial<Lists>), next, complete, loaded: true, error: null };
}

export function reduce(state: State, a: Action): State {
	switch (a.do) {
		case "pages":
			return onPages(state, a.pages, a.again);
		case "call":
			return {
				...state,
				calls: put(state.calls, [a.detail.call]),
				segments: withSegments(state, a.detail.call.id, a.detail.segments),
				appointments: put(state.appointments, a.detail.appointments),
				messages: put(state.messages, a.detail.messages),
				tasks: put(state.tasks, a.detail.tasks),
				recordings: put(state.recordings, a.detail.recordings),
				complete: new Set(state.complete).add(a.detail.call.id),
			};
		case "lead": {
			const { lead, calls, appointments, messages, tasks, opted_out, blocked } = a.detail;
			return {
				...state,
				leads: put(state.leads, [lead]),
				calls: put(state.calls, calls),
				appointments: put(state.appointments, appointments),
				messages: put(state.messages, messages),
				tasks: put(state.tasks, tasks),
				people: new Map(state.people).set(lead.id, { opted_out, blocked }),
			};
		}
		case "outgoing":
			return { ...state, outbox: put(state.outbox, [a.row]) };
		case "event":
			return onEvent(state, a.event);
		case "link":
			return state.link === a.link ? state : { ...state, link: a.link };
		case "error":
			return { ...state, error: a.error };
	}
}

export interface Desk {
	state: State;
	/** Reads a call's transcript unless it is there. */
	openCall: (id: string) => void;
	/** Reads the next page of a list. */
	more: (name: ListName) => Promise<void>;
	/** Reads a person and the latest of theirs. */
	openLead: (id: string) => void;
	setTask: (id: string, status: "done" | "open") => Promise<void>;
	/** Tries once more to send what could not be sent. */
	redrive: (id: string) => Promise<void>;
	retry: () => void;
}

const isOut = (e: unknown) => e instanceof ApiError && e.status === 401;

/** The first pages, and where the stream goes on so that nothing is missed. */
async function firstPages(): Promise<{ pages: Pages; last: number }> {
	const yesterday = new Date(Date.now() - 24 * 3600 * 1000).toISOString();
	const [soon, ...all] = await Promise.all([
		api.list("appointments", null, { from: yesterday }),
		...LISTS.map(async (name) => [name, await api.list(name, null)] as const),
	]);
	const pages = Object.fromEntries(all) as Pages;
	// The list begins with the furthest away; the next ones are wanted, too.
	pages.appointments?.rows.push(...soon.rows);
	return { pages, last: Math.min(soon.last, ...all.map(([, page]) => page.last)) };
}

/** The lists first, then the stream from where they end. */
export function useDesk(onSignedOut: () => void): Desk {
	const [state, dispatch] = useReducer(reduce, empty);
	const [round, retry] = useReducer((n: number) => n + 1, 0);
	const asked = useRef(new Set<string>());
	const failed = useCallback(
		(e: unknown) => {
			if (isOut(e)) onSignedOut();
			else dispatch({ do: "error", error: why(e) });
		},
		[onSignedOut],
	);

	const read = useCallback(
		async (name: ListName, cursor: string | null) => {
			try {
				dispatch({ do: "pages", pages: { [name]: await api.list(name, cursor) }, again: false });
			} catch (e) {
				failed(e);
			}
		},
		[failed],
	);

	useEffect(() => {
		let stop: (() => void) | null = null;
		let gone = false;
		let timer = 0;
		asked.current.clear();
		firstPages()
			.then(({ pages, last }) => {
				if (gone) return;
				dispatch({ do: "pages", pages, again: true });
				stop = follow(last, {
					event: (event) => {
						dispatch({ do: "event", event });
						if (event.type === "message" && event.data.status === "failed") void read("outbox", null);
					},
					state: (s) => {
						if (s === "denied") onSignedOut();
						else if (s === "stale") retry();
						else dispatch({ do: "link", link: s === "open" ? "live" : "lost" });
					},
				});
			})
			.catch((e: unknown) => {
				if (gone) return;
				failed(e);
				if (!isOut(e)) timer = window.setTimeout(retry, 4000);
			});
		return () => {
			gone = true;
			window.clearTimeout(timer);
			stop?.();
		};
	}, [round, onSignedOut, failed, read]);

	const openCall = useCallback(
		(id: string) => {
			if (asked.current.has(id)) return;
			asked.current.add(id);
			api.call(id)
				.then((detail) => dispatch({ do: "call", detail }))
				.catch((e: unknown) => {
					asked.current.delete(id);
					const missing = e instanceof ApiError && e.status === 404;
					failed(missing ? new Error("This call does not exist any more.") : e);
				});
		},
		[failed],
	);
	const openLead = useCallback(
		(id: string) => {
			api.lead(id)
				.then((detail) => dispatch({ do: "lead", detail }))
				.catch(failed);
		},
		[failed],
	);
	const { next } = state;
	const more = useCallback((name: ListName) => read(name, next[name]), [read, next]);
	const setTask = useCallback(
		(id: string, status: "done" | "open") =>
			api.setTask(id, status).then((data) => dispatch({ do: "event", event: { type: "task", data } }), failed),
		[failed],
	);
	const redrive = useCallback(
		(id: string) => api.redrive(id).then((row) => dispatch({ do: "outgoing", row }), failed),
		[failed],
	);
	return { state, openCall, openLead, more, setTask, redrive, retry };
}
