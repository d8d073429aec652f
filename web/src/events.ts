// The event stream: what happens in the business, as it happens.
import { api, ApiError } from "./api";
import type { LiveEvent } from "./types";

export interface StreamHandlers {
	event: (e: LiveEvent) => void;
	/** open: events flow. lost: it will try again. stale: read the lists again. denied: signed out. */
	state: (s: "open" | "lost" | "stale" | "denied") => void;
}

const TYPES = ["call", "segment", "appointment", "message", "lead", "task", "recording"] as const;
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
		const es = new EventSource(api.eventsUrl(last));
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
