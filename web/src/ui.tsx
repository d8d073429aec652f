// The few pieces that every view uses.
import type { ReactNode } from "react";

const TONES = {
	plain: "bg-quiet text-soft",
	live: "bg-live-soft text-live",
	good: "bg-accent-soft text-accent",
	warn: "bg-warn-soft text-warn",
	bad: "bg-bad-soft text-bad",
};
export type Tone = keyof typeof TONES;

export function Badge({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
	return (
		<span
			className={`inline-flex shrink-0 items-center gap-1.5 rounded-full px-2 py-0.5 text-xs font-medium whitespace-nowrap ${TONES[tone]}`}
		>
			{tone === "live" && <span className="dot-live size-1.5 rounded-full bg-current" aria-hidden="true" />}
			{children}
		</span>
	);
}

export function Button({
	children,
	onClick,
	quiet = false,
}: {
	children: ReactNode;
	onClick: () => void;
	quiet?: boolean;
}) {
	const look = quiet
		? "text-soft hover:bg-raised hover:text-ink"
		: "border border-line bg-raised text-ink hover:border-accent";
	return (
		<button type="button" onClick={onClick} className={`rounded-lg px-3 py-1.5 text-sm font-medium ${look}`}>
			{children}
		</button>
	);
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
	return (
		<div className="flex h-full min-h-32 flex-col items-center justify-center gap-1.5 p-6 text-center">
			<p className="font-medium text-ink">{title}</p>
			{children && <p className="max-w-72 text-sm text-soft">{children}</p>}
		</div>
	);
}

export function Panel({
	label,
	head,
	children,
	className = "",
}: {
	label: string;
	head?: ReactNode;
	children: ReactNode;
	className?: string;
}) {
	return (
		<section aria-label={label} className={`glass min-h-0 flex-col overflow-hidden ${className}`}>
			{head ?? <h2 className="border-b border-line px-4 py-3 text-sm font-semibold">{label}</h2>}
			<div className="min-h-0 flex-1 overflow-y-auto overscroll-contain">{children}</div>
		</section>
	);
}

/** Lines where rows will be. */
export function Skeleton({ rows = 4 }: { rows?: number }) {
	return (
		<div aria-hidden="true" className="flex flex-col gap-4 p-4">
			{Array.from({ length: rows }, (_, i) => (
				<div key={i} className="flex flex-col gap-2">
					<div className="h-3.5 w-2/3 rounded bg-line" />
					<div className="h-3 w-2/5 rounded bg-line" />
				</div>
			))}
		</div>
	);
}

export function Bell({ className = "" }: { className?: string }) {
	return (
		<svg viewBox="0 0 32 32" className={className} aria-hidden="true">
			<path d="M16 5a7 7 0 0 0-7 7v5l-2.4 3.4A1.2 1.2 0 0 0 7.6 22.3h16.8a1.2 1.2 0 0 0 1-1.9L23 17v-5a7 7 0 0 0-7-7Z" fill="currentColor" />
			<path d="M12.6 24.4a3.5 3.5 0 0 0 6.8 0Z" fill="currentColor" />
		</svg>
	);
}
