// What the gateway tells: names for the shapes of the API's description, and
// what it cannot say: the event stream, and which words a text may be.
import type { components } from "./openapi";

type Schemas = components["schemas"];

export type Role = "viewer" | "staff" | "owner" | "admin";
export type Business = Schemas["Business"];
export type Session = Schemas["Session"];
export type SignedIn = Schemas["SignedIn"];

/** mark: robocall, sales, wrong_number, abusive: nobody rings back. */
export type Call = Schemas["Call"];
export type Insights = Schemas["Insights"];
export type Appointment = Schemas["Appointment"];
export type Lead = Schemas["Lead"];
export type Task = Schemas["Task"];
/** name: of the person; events and details of a call do not say it. */
export type Message = Omit<Schemas["Message"], "name"> & { name?: string | null };
/** stream: a call whose line broke has more than one; unknown while spoken. */
export type Segment = Omit<Schemas["Segment"], "stream"> & { stream?: number };
/** What goes out: texts, calls, mails. */
export type Outgoing = Schemas["OutboxRow"];
export type BrowserCall = Schemas["BrowserCall"];
export type Blocked = Schemas["Blocked"];
export type Key = Schemas["ApiToken"];
export type NewKey = Schemas["TokenMade"];
export type AuditLine = Schemas["AuditLine"];
export type Person = Schemas["Person"];
/** A number that is answered, and what the carrier has against it. */
export type Numbered = Schemas["Number"];
/** state: recording, complete, incomplete, failed; gone: deleting, deleted. */
export type Recording = Schemas["Recording"];
export type CallDetail = Schemas["CallDetail"];
export type LeadDetail = Schemas["LeadDetail"];

/** What there are lists of. */
export interface Rows {
	calls: Call;
	leads: Lead;
	appointments: Appointment;
	tasks: Task;
	messages: Message;
	outbox: Outgoing;
}
export type ListName = keyof Rows;

export interface Page<K extends ListName> {
	rows: Rows[K][];
	/** Cursor of what comes after these. */
	next: string | null;
	/** Sequence of the newest event that the list already shows. */
	last: number;
}

export type LiveEvent =
	| { type: "call"; data: Call }
	| { type: "segment"; data: Segment }
	| { type: "appointment"; data: Appointment }
	| { type: "message"; data: Message }
	| { type: "lead"; data: Lead }
	| { type: "task"; data: Task }
	| { type: "recording"; data: Recording };
