// What the page knows. Everything is an upsert, so that a list, a call's
// details and the event stream may tell the same thing in any order.
import { useCallback, useEffect, useReducer, useRef } from "react";
import { api, ApiError, follow } from "./api";
import type { Appointment, Call, CallDetail, LiveEvent, Message, Segment, Task } from "./api";

export type Link = "connecting" | "live" | "lost";

export interface State {
	calls: ReadonlyMap<string, Call>;
	/** By call, in the order in which they were spoken. */
	segments: ReadonlyMap<string, readonly Segment[]>;
	appointments: ReadonlyMap<string, Appointment>;
	messages: ReadonlyMap<string, Message>;
	tasks: ReadonlyMap<string, Task>;
	/** Calls whose earlier segments were read. */
	complete: ReadonlySet<string>;
	loaded: boolean;
	link: Link;
	error: string | null;
	/** Ids that came by event in this visit: shown with emphasis. */
	fresh: ReadonlySet<string>;
}

export const empty: State = {
	calls: new Map(),
	segments: new Map(),
	appointments: new Map(),
	messages: new Map(),
	tasks: new Map(),
	complete: new Set(),
	loaded: false,
	link: "connecting",
	error: null,
	fresh: new Set(),
};

export type Action =
	| { do: "lists"; calls: Call[]; appointments: Appointment[]; messages: Message[] }
	| { do: "call"; detail: CallDetail }
	| { do: "event"; event: LiveEvent }
	| { do: "link"; link: Link }
	| { do: "error"; error: string | null };

function put<T extends { id: string }>(map: ReadonlyMap<string, T>, rows: readonly T[]): ReadonlyMap<string, T> {
	const next = new Map(map);
	for (const row of rows) next.set(row.id, row);
	return next;
}

function order(a: Segment, b: Segment): number {
	return (a.stream ?? 1) - (b.stream ?? 1) || a.seq - b.seq;
}

/** Adds segments; of the same place in the call the higher revision stays. */
export function mergeSegments(old: readonly Segment[], more: readonly Segment[]): readonly Segment[] {
	const next = [...old];
	// What is being spoken does not know which stream of the call it is.
	const newest = old.reduce((n, s) => Math.max(n, s.stream ?? 1), 1);
	for (const s of more) {
		const seg = s.stream === undefined ? { ...s, stream: newest } : s;
		const i = next.findIndex((x) => order(x, seg) === 0);
		const was = next[i];
		if (was === undefined) next.push(seg);
		else if (seg.rev > was.rev || (seg.rev === was.rev && !was.final)) next[i] = seg;
	}
	return next.sort(order);
}

function withSegments(state: State, call: string, more: readonly Segment[]): State["segments"] {
	return new Map(state.segments).set(call, mergeSegments(state.segments.get(call) ?? [], more));
}

function onEvent(state: State, e: LiveEvent): State {
	switch (e.type) {
		case "call":
			return { ...state, calls: put(state.calls, [e.data]) };
		case "segment":
			return { ...state, segments: withSegments(state, e.data.call, [e.data]) };
		case "appointment":
			return {
				...state,
				appointments: put(state.appointments, [e.data]),
				fresh: new Set(state.fresh).add(e.data.id),
			};
		case "message":
			return {
				...state,
				messages: put(state.messages, [e.data]),
				fresh: new Set(state.fresh).add(e.data.id),
			};
		case "task":
			return {
				...state,
				tasks: put(state.tasks, [e.data]),
				fresh: new Set(state.fresh).add(e.data.id),
			};
		case "lead": {
			// The name is said in the middle of a call, which shows it.
			const named = [...state.calls.values()].filter((c) => c.lead === e.data.id && c.name !== e.data.name);
			return named.length
				? { ...state, calls: put(state.calls, named.map((c) => ({ ...c, name: e.data.name }))) }
				: state;
		}
	}
}

export function reduce(state: State, a: Action): State {
	switch (a.do) {
		case "lists":
			return {
				...state,
				calls: put(new Map(), a.calls),
				appointments: put(new Map(), a.appointments),
				messages: put(new Map(), a.messages),
				complete: new Set(), // the open call is read again
				loaded: true,
				error: null,
			};
		case "call":
			return {
				...state,
				calls: put(state.calls, [a.detail.call]),
				segments: withSegments(state, a.detail.call.id, a.detail.segments),
				appointments: put(state.appointments, a.detail.appointments),
				messages: put(state.messages, a.detail.messages),
				tasks: put(state.tasks, a.detail.tasks),
				complete: new Set(state.complete).add(a.detail.call.id),
			};
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
	retry: () => void;
}

/** The lists first, then the stream from where they end. */
export function useDesk(onSignedOut: () => void): Desk {
	const [state, dispatch] = useReducer(reduce, empty);
	const [round, retry] = useReducer((n: number) => n + 1, 0);
	const asked = useRef(new Set<string>());

	useEffect(() => {
		let stop: (() => void) | null = null;
		let gone = false;
		let timer = 0;
		const failed = (e: unknown) => {
			if (gone) return;
			if (e instanceof ApiError && e.status === 401) return onSignedOut();
			dispatch({ do: "error", error: e instanceof Error ? e.message : String(e) });
			timer = window.setTimeout(retry, 4000);
		};
		asked.current.clear();
		Promise.all([api.calls(), api.appointments(), api.messages()])
			.then(([calls, appointments, messages]) => {
				if (gone) return;
				dispatch({ do: "lists", ...calls, ...appointments, ...messages });
				stop = follow(Math.min(calls.last, appointments.last, messages.last), {
					event: (event) => dispatch({ do: "event", event }),
					state: (s) => {
						if (s === "denied") onSignedOut();
						else if (s === "stale") retry();
						else dispatch({ do: "link", link: s === "open" ? "live" : "lost" });
					},
				});
			})
			.catch(failed);
		return () => {
			gone = true;
			window.clearTimeout(timer);
			stop?.();
		};
	}, [round, onSignedOut]);

	const openCall = useCallback(
		(id: string) => {
			if (asked.current.has(id)) return;
			asked.current.add(id);
			api.call(id)
				.then((detail) => dispatch({ do: "call", detail }))
				.catch((e: unknown) => {
					asked.current.delete(id);
					if (e instanceof ApiError && e.status === 401) onSignedOut();
					else if (e instanceof ApiError && e.status === 404)
						dispatch({ do: "error", error: "This call does not exist any more." });
					else dispatch({ do: "error", error: e instanceof Error ? e.message : String(e) });
				});
		},
		[onSignedOut],
	);
	return { state, openCall, retry };
}
