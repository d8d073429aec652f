// How numbers, times and statuses read.

/** "+14155550123" -> "(415) 555-0123"; other countries stay as they are. */
export function phone(number: string | null | undefined): string {
	if (!number) return "Number withheld";
	const us = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
	return us ? `(${us[1]}) ${us[2]}-${us[3]}` : number;
}

/** What people type -> "+14155550123", or null. Ten digits are of the US. */
export function toE164(text: string): string | null {
	const digits = text.replace(/[^\d]/g, "");
	const number = text.trim().startsWith("+") ? digits : digits.length === 10 ? `1${digits}` : digits.length === 11 && digits.startsWith("1") ? digits : "";
	return /^[1-9]\d{6,14}$/.test(number) ? `+${number}` : null;
}

export function duration(ms: number | null | undefined): string {
	if (ms === null || ms === undefined) return "";
	const s = Math.max(0, Math.round(ms / 1000));
	return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

/** Reply time of a turn, as people say it. */
export function latency(ms: number): string {
	return ms < 1000 ? `${Math.round(ms / 10) * 10} ms` : `${(ms / 1000).toFixed(1)} s`;
}

export interface Clock {
	time(iso: string): string;
	day(iso: string): string;
	dayTime(iso: string): string;
	/** The time today, else the day. */
	when(iso: string): string;
	/** "2026-11-24": for grouping. */
	key(iso: string): string;
	today(): string;
}

function parts(zone: string, options: Intl.DateTimeFormatOptions) {
	return new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
}

/** Times as the business's clock on the wall shows them. */
export function clockOf(zone: string | null): Clock {
	let tz = zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
	try {
		parts(tz, {});
	} catch {
		tz = "UTC";
	}
	// A time without an offset is the business's wall clock already.
	const local = (iso: string) => !/(Z|[+-]\d\d(:?\d\d)?)$/.test(iso);
	const show = (iso: string, options: Intl.DateTimeFormatOptions) => {
		const wall = local(iso);
		const d = new Date(wall ? `${iso}Z` : iso);
		return Number.isNaN(d.getTime()) ? "" : parts(wall ? "UTC" : tz, options).format(d);
	};
	const key = (iso: string) => {
		const wall = local(iso);
		const d = new Date(wall ? `${iso}Z` : iso);
		return Number.isNaN(d.getTime())
			? ""
			: new Intl.DateTimeFormat("en-CA", { timeZone: wall ? "UTC" : tz }).format(d);
	};
	const time = (iso: string) => show(iso, { hour: "numeric", minute: "2-digit" });
	const day = (iso: string) => show(iso, { weekday: "short", month: "short", day: "numeric" });
	const today = () => key(new Date().toISOString());
	return {
		time,
		day,
		dayTime: (iso) => `${day(iso)}, ${time(iso)}`,
		when: (iso) => (key(iso) === today() ? time(iso) : day(iso)),
		key,
		today,
	};
}

const OVER = new Set(["answered", "missed", "refused", "ended", "failed"]);

export function isLive(status: string): boolean {
	return !OVER.has(status);
}

const STATUS: Record<string, string> = {
	received: "Coming in",
	ringing: "Ringing",
	connecting: "Connecting",
	live: "Live",
	answered: "Answered by you",
	missed: "Hung up",
	refused: "Refused",
	ended: "Ended",
	failed: "Line lost",
};

const OUTCOME: Record<string, string> = {
	booked: "Booked",
	message: "Message taken",
	silent: "Nobody spoke",
	hung_up: "Caller hung up",
	caller_gone: "Caller hung up",
	voice_lost: "Line lost",
	stalled: "Line lost",
	internal: "Line lost",
	time_limit: "Took too long",
	lost: "Line lost",
	moved: "Moved",
	cancelled: "Cancelled",
	transfer: "Wanted a person",
	texts_es: "Goes on by text",
	declined: "No booking wanted",
	unclear: "Not understood",
	failed: "Not settled",
	no_slot: "No time found",
	opted_out: "Wants no texts",
	existing: "About a booking",
};

export function words(code: string): string {
	const s = code.replace(/_/g, " ");
	return s.charAt(0).toUpperCase() + s.slice(1);
}

/** What the list says about a call. */
export function callState(c: { status: string; outcome: string | null }): string {
	if (c.outcome && !isLive(c.status)) return OUTCOME[c.outcome] ?? words(c.outcome);
	return STATUS[c.status] ?? words(c.status);
}

const TEXT_STATUS: Record<string, string> = {
	queued: "Waiting",
	unconfirmed: "Not confirmed",
	sending: "Sending",
	sent: "Sent",
	delivered: "Delivered",
	undelivered: "Not delivered",
	failed: "Failed",
	cancelled: "Not sent: opted out",
	received: "Received",
};

export function textStatus(status: string): string {
	return TEXT_STATUS[status] ?? words(status);
}

const LANGS: Record<string, string> = { en: "English", es: "Spanish" };

export function lang(code: string): string {
	return LANGS[code] ?? code;
}

const ACTION: Record<string, string> = {
	block: "Blocked a caller",
	unblock: "Unblocked a caller",
	task_set: "Changed a task",
	outbox_redrive: "Sent something again",
	token_create: "Made a key",
	token_revoke: "Revoked a key",
	sign_in: "Signed in",
	sign_out: "Signed out",
	session_reuse: "A stolen session was ended",
	user_add: "Let somebody in",
	user_remove: "Took somebody out",
	business_add: "Set up the business",
	script_put: "Changed the script",
};

/** A line of the log in words. */
export function audited(line: { action: string; detail: unknown }): { what: string; about: string } {
	const d = (line.detail ?? {}) as Record<string, unknown>;
	const text = (key: string) => (typeof d[key] === "string" ? (d[key] as string) : "");
	const about = [text("number") && phone(text("number")), text("name"), text("email"), text("role") && words(text("role")), text("status") && words(text("status")), text("reason")];
	return { what: ACTION[line.action] ?? words(line.action), about: about.filter(Boolean).join(" · ") };
}
