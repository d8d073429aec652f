// What was made of a call when it was over, above its transcript.
import type { ReactNode } from "react";
import type { Call, Insights } from "./types";
import { lang, words } from "./format";
import { Badge } from "./ui";

const URGENCY: Record<string, string> = { emergency: "Emergency", now: "Now", today: "Today", soon: "Soon", any: "No hurry" };

function shown(value: unknown): string | null {
	if (typeof value === "string" || typeof value === "number") return String(value);
	if (typeof value !== "object" || value === null) return null;
	const o = value as Record<string, unknown>;
	for (const key of ["full", "spoken", "name", "words", "e164"]) if (typeof o[key] === "string") return o[key];
	return null;
}

/** Answers of the script that have no line of their own. */
function details(i: Insights): [string, string][] {
	return Object.entries(i.details).flatMap(([key, value]): [string, string][] => {
		const text = ["address", "urgency", "lang"].includes(key) ? null : shown(value);
		return text ? [[words(key), text]] : [];
	});
}

function facts(i: Insights): [string, ReactNode][] {
	const lines: [string, ReactNode][] = [
		["About", i.what],
		[
			"Urgency",
			i.urgency && i.urgency !== "emergency" ? (URGENCY[i.urgency] ?? words(i.urgency)) : null,
		],
		["Address", i.address],
		["When", i.when],
		...details(i),
		["Done", i.done],
		["Open", i.open && <span className="font-medium text-warn">{i.open}</span>],
		["Next", i.next_action],
	];
	return lines.filter(([, value]) => value);
}

export function Summary({ call }: { call: Call }) {
	const i = call.insights;
	if (!call.summary || !i) return null;
	const lines = facts(i);
	return (
		<section aria-label="Summary" className="mx-auto mt-4 max-w-3xl rounded-xl border border-line bg-raised px-4 py-3">
			<header className="mb-2 flex flex-wrap items-center gap-2">
				<h3 className="mr-auto text-xs font-medium text-faint">Summary</h3>
				{i.urgency === "emergency" && <Badge tone="bad">Emergency</Badge>}
				{call.lang && call.lang !== "en" && <Badge>{lang(call.lang)}</Badge>}
				{call.mark && <Badge tone="warn">{words(call.mark)}: no call back</Badge>}
			</header>
			{lines.length === 0 ? (
				<p className="text-sm">{call.summary}</p>
			) : (
				<dl className="grid grid-cols-[5rem_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm">
					{lines.map(([name, value]) => (
						<div key={name} className="contents">
							<dt className="truncate text-faint">{name}</dt>
							<dd className="break-words">{value}</dd>
						</div>
					))}
				</dl>
			)}
		</section>
	);
}

/** Instead of a transcript that the caller did not want. */
export function NotKept() {
	return (
		<p className="mx-auto mt-4 max-w-3xl rounded-xl bg-quiet px-4 py-3 text-center text-sm text-soft">
			What was said is not kept, at the caller’s wish.
		</p>
	);
}
