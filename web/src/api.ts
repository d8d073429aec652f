// The API as the gateway serves it: types, requests and the event stream.

export interface Session {
	user: string;
	email: string;
	business: string;
	business_name: string;
	role: "owner" | "staff";
	timezone: string;
}

export interface Call {
	id: string;
	caller: string | null;
	/** Ours, that was called. */
	number: string;
	name: string | null;
	lead: string | null;
	status: string;
	outcome: string | null;
	ended_by: string | null;
	started_at: string;
	answered_at: string | null;
	ended_at: string | null;
	duration_ms: number | null;
	/** robocall, sales, wrong_number, abusive: nobody rings back. */
	mark: string | null;
	/** The caller wished that nothing said is kept. */
	private: boolean;
	/** What was made of the call when it was over. */
	summary: string | null;
	lang: string | null;
	insights: Insights | null;
}

export interface Insights {
	who: string | null;
	what: string | null;
	urgency: string | null;
	address: string | null;
	when: string | null;
	done: string | null;
	open: string | null;
	next_action: string | null;
	task: string | null;
	/** What the script asked besides: budget, vehicle, … */
	details: Record<string, unknown>;
}

export interface Segment {
	call: string;
	/** A call whose line broke has more than one; unknown while spoken. */
	stream?: number;
	seq: number;
	rev: number;
	leg: "caller" | "assistant";
	start_ms: number;
	end_ms: number;
	/** Null: said in private, not kept. */
	text: string | null;
	/** Of the assistant's text: what the caller heard. */
	heard: string | null;
	final: boolean;
	unsure: boolean;
	reply_ms: number | null;
}

export interface Appointment {
	id: string;
	call: string | null;
	name: string | null;
	phone: string | null;
	service_name: string;
	technician: string;
	/** The business's wall clock: "2026-11-24T14:00". */
	start: string;
	end: string;
	status: string;
	notes: string | null;
	created_at: string;
}

export interface Message {
	id: string;
	call: string | null;
	direction: "in" | "out";
	from: string;
	to: string;
	body: string;
	status: string;
	error: string | null;
	at: string;
}

export interface Lead {
	id: string;
	phone: string | null;
	name: string | null;
}

export interface Task {
	id: string;
	kind: string;
	call: string | null;
	name: string | null;
	phone: string | null;
	text: string;
	status: string;
	created_at: string;
}

/** last: sequence of the newest event that the list already shows. */
export interface Position {
	last: number;
}

export interface CallDetail {
	call: Call;
	segments: Segment[];
	appointments: Appointment[];
	messages: Message[];
	tasks: Task[];
}

export type LiveEvent =
	| { type: "call"; data: Call }
	| { type: "segment"; data: Segment }
	| { type: "appointment"; data: Appointment }
	| { type: "message"; data: Message }
	| { type: "lead"; data: Lead }
	| { type: "task"; data: Task };

/** What the server said no to; status 0 when it could not be reached. */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		message: string,
	) {
		super(message);
	}
}

async function request(method: string, path: string, body?: unknown): Promise<unknown> {
	let res: Response;
	try {
		res = await fetch(path, {
			method,
			credentials: "same-origin",
			headers: body === undefined ? {} : { "Content-Type": "application/json" },
			...(body === undefined ? {} : { body: JSON.stringify(body) }),
		});
	} catch {
		throw new ApiError(0, "The gateway cannot be reached.");
	}
	const text = await res.text();
	let json: unknown = null;
	try {
		json = JSON.parse(text);
	} catch {
		// A proxy's page in between is no answer of ours.
	}
	if (!res.ok) {
		const p = json as { title?: string; detail?: string } | null;
		throw new ApiError(res.status, p?.detail ?? p?.title ?? `The gateway said ${res.status}.`);
	}
	if (json === null) throw new ApiError(res.status, "The answer was not JSON.");
	return json;
}

export const api = {
	signIn: (token: string) => request("POST", "/api/v1/sign-in", { token }),
	signOut: () => request("POST", "/api/v1/sign-out", {}),
	session: () => request("GET", "/api/v1/session") as Promise<Session>,
	calls: () => request("GET", "/api/v1/calls?limit=100") as Promise<Position & { calls: Call[] }>,
	call: (id: string) => request("GET", `/api/v1/calls/${id}`) as Promise<CallDetail>,
	appointments: () => request("GET", "/api/v1/appointments?limit=100") as Promise<
			Position & { appointments: Appointment[] }
		>,
	messages: () => request("GET", "/api/v1/messages?limit=100") as Promise<Position & { messages: Message[] }>,
};

export interface StreamHandlers {
	event: (e: LiveEvent) => void;
	/** open: events flow. lost: it will try again. stale: read the lists again. denied: signed out. */
	state: (s: "open" | "lost" | "stale" | "denied") => void;
}

const TYPES = ["call", "segment", "appointment", "message", "lead", "task"] as const;
const RETRY_MS = 2000;
const STALE_MS = 60000;

/** Follows the events after `after`; returns what ends it. */
export function follow(after: number, h: StreamHandlers): () => void {
	let last = String(after);
	let source: EventSource | null = null;
	let timer = 0;
	let ended = false;

	const again = () => {
		source?.close();
		source = null;
		if (ended) return;
		h.state("lost");
		window.clearTimeout(timer);
		timer = window.setTimeout(() => void check(), RETRY_MS);
	};
	// The browser does not tell why a stream was refused: the session does.
	const check = async () => {
		try {
			await api.session();
			if (!ended) open();
		} catch (e) {
			if (ended) return;
			if (e instanceof ApiError && e.status === 401) h.state("denied");
			else again();
		}
	};
	// A machine that slept does not know that its connection is gone.
	let hidden = 0;
	const woken = () => {
		if (document.visibilityState === "hidden") hidden = Date.now();
		else if (source && Date.now() - hidden > STALE_MS) {
			source.close();
			open();
		}
	};
	const open = () => {
		const es = new EventSource(`/api/v1/events?last_event_id=${last}`);
		source = es;
		es.onopen = () => h.state("open");
		es.onerror = () => {
			if (es.readyState === EventSource.CLOSED) again();
			else h.state("lost"); // it reconnects by itself, from the last id
		};
		for (const type of TYPES)
			es.addEventListener(type, (m: MessageEvent<string>) => {
				if (m.lastEventId) last = m.lastEventId;
				h.event({ type, data: JSON.parse(m.data) as never } as LiveEvent);
			});
		es.addEventListener("reset", () => h.state("stale"));
		es.addEventListener("dropped", (m: MessageEvent<string>) => {
			const { reason } = JSON.parse(m.data) as { reason: string };
			if (reason === "signed_out" || reason === "not_allowed") {
				es.close();
				h.state("denied");
			}
		});
	};
	open();
	document.addEventListener("visibilitychange", woken);
	window.addEventListener("online", woken);
	return () => {
		ended = true;
		document.removeEventListener("visibilitychange", woken);
		window.removeEventListener("online", woken);
		window.clearTimeout(timer);
		source?.close();
	};
}
