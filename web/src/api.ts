// Requests to the gateway. The access token is in memory only; the cookie that
// renews it cannot be read by any script.
import type { Blocked, BrowserCall, CallDetail, Key, LeadDetail, ListName, NewKey, Numbered, Outgoing, Page, Session, SignedIn, Task } from "./types";

/** What the server said no to; status 0 when it could not be reached. */
export class ApiError extends Error {
	constructor(
		readonly status: number,
		message: string,
	) {
		super(message);
	}
}

/** In words, for whoever sees the page. */
export const why = (e: unknown) => (e instanceof Error ? e.message : String(e));

const V1 = "/api/v1";
const EARLY_MS = 30000;
let access = { token: "", until: 0 };
let business: string | null = null;

async function send(method: string, path: string, body?: unknown, token?: string): Promise<unknown> {
	let res: Response;
	try {
		res = await fetch(V1 + path, {
			method,
			credentials: "same-origin",
			headers: {
				...(method === "GET" ? {} : { "Content-Type": "application/json" }),
				...(token ? { Authorization: `Bearer ${token}` } : {}),
			},
			...(method === "GET" ? {} : { body: JSON.stringify(body ?? {}) }),
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

function keep(s: SignedIn) {
	access = { token: s.access, until: Date.now() + s.expires_s * 1000 - EARLY_MS };
}

// The cookie is another one after each use, and an old one ends the session:
// the tabs of a browser take turns.
async function renew(): Promise<void> {
	const ask = async () => keep((await send("POST", "/refresh")) as SignedIn);
	if ("locks" in navigator) await navigator.locks.request("nightbell refresh", ask);
	else await ask();
}

let renewing: Promise<void> | null = null;
function renewOnce(): Promise<void> {
	renewing ??= renew().finally(() => {
		renewing = null;
	});
	return renewing;
}

async function request(method: string, path: string, body?: unknown): Promise<unknown> {
	if (Date.now() > access.until) await renewOnce();
	const where = business === null ? path : `${path}${path.includes("?") ? "&" : "?"}business=${business}`;
	try {
		return await send(method, where, body, access.token);
	} catch (e) {
		if (!(e instanceof ApiError) || e.status !== 401) throw e;
	}
	await renewOnce(); // the gateway knows better how old a token is
	return send(method, where, body, access.token);
}

const PAGE = 50;

/** Which list of which rows: only the dead ones of what goes out matter. */
const FILTER: Partial<Record<ListName, Record<string, string>>> = { outbox: { state: "dead" } };

async function list<K extends ListName>(name: K, cursor: string | null, filter = {}): Promise<Page<K>> {
	const query = new URLSearchParams({ limit: String(PAGE), ...FILTER[name], ...filter, ...(cursor === null ? {} : { cursor }) });
	const answer = (await request("GET", `/${name}?${query}`)) as Record<K, Page<K>["rows"]> & Omit<Page<K>, "rows">;
	return { rows: answer[name], next: answer.next, last: answer.last };
}

async function page<T>(name: string, cursor: string | null): Promise<{ rows: T[]; next: string | null }> {
	const query = new URLSearchParams({ limit: String(PAGE), ...(cursor === null ? {} : { cursor }) });
	const answer = (await request("GET", `/${name}?${query}`)) as Record<string, T[]> & { next: string | null };
	return { rows: answer[name] ?? [], next: answer.next };
}

export const api = {
	/** Sends a link to whoever has this address. */
	askLink: (email: string) => send("POST", "/sign-in/link", { email }),
	signIn: async (token: string) => keep((await send("POST", "/sign-in", { token })) as SignedIn),
	signOut: async () => {
		access = { token: "", until: 0 };
		await send("POST", "/sign-out");
	},
	/** Everything that follows is about this one; null: the user's first. */
	useBusiness: (id: string | null) => {
		business = id;
	},
	eventsUrl: (after: string) => `${V1}/events?last_event_id=${after}${business === null ? "" : `&business=${business}`}`,
	audioUrl: (recording: string) => `${V1}/recordings/${recording}/audio${business === null ? "" : `?business=${business}`}`,
	session: () => request("GET", "/session") as Promise<Session>,
	/** A test call: where its stream goes. */
	browserCall: () => request("POST", "/browser-call") as Promise<BrowserCall>,
	call: (id: string) => request("GET", `/calls/${id}`) as Promise<CallDetail>,
	lead: (id: string) => request("GET", `/leads/${id}`) as Promise<LeadDetail>,
	setTask: (id: string, status: "done" | "open") => request("PATCH", `/tasks/${id}`, { status }) as Promise<Task>,
	redrive: (id: string) => request("POST", `/outbox/${id}/redrive`) as Promise<Outgoing>,
	list,
	/** What was tried in vain and is tried again, newest first. */
	retried: async () => {
		const both = await Promise.all(["unsure", "queued"].map((state) => list("outbox", null, { state, limit: "200" })));
		return both.flatMap((p) => p.rows).filter((o) => o.attempt > 0 || o.state === "unsure");
	},
	/** A list that the store does not keep. */
	page,
	numbers: async () => (await page<Numbered>("numbers", null)).rows,
	block: (number: string, reason: string) => request("POST", "/blocked", { number, ...(reason ? { reason } : {}) }) as Promise<Blocked>,
	unblock: (id: string) => request("DELETE", `/blocked/${id}`) as Promise<Blocked>,
	addKey: (name: string, role: string, days: number) => request("POST", "/tokens", { name, role, days }) as Promise<NewKey>,
	revokeKey: (id: string) => request("DELETE", `/tokens/${id}`) as Promise<Key>,
};
