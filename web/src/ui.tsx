// The few pieces that every view uses.
import { useEffect, useRef, useState } from "react";
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
	main = false,
	disabled = false,
	label,
}: {
	children: ReactNode;
	/** None: it sends the form that it stands in. */
	onClick?: () => void;
	quiet?: boolean;
	main?: boolean;
	disabled?: boolean;
	label?: string;
}) {
	const look = main
		? "bg-accent py-2.5 text-ground hover:opacity-90"
		: quiet
			? "py-1.5 text-soft hover:bg-raised hover:text-ink"
			: "border border-line bg-raised py-1.5 text-ink hover:border-accent";
	return (
		<button
			type={onClick ? "button" : "submit"}
			onClick={onClick}
			disabled={disabled}
			aria-label={label}
			className={`shrink-0 rounded-lg px-3 text-sm font-medium disabled:cursor-default disabled:opacity-60 ${look}`}
		>
			{children}
		</button>
	);
}

/** A button for what takes a moment: it cannot be pressed twice. */
export function Action({ act, label, children }: { act: () => Promise<void>; label?: string; children: ReactNode }) {
	const [busy, setBusy] = useState(false);
	return (
		<Button
			disabled={busy}
			{...(label === undefined ? {} : { label })}
			onClick={() => {
				setBusy(true);
				void act().finally(() => setBusy(false));
			}}
		>
			{children}
		</Button>
	);
}

/** What did not work, said at once to who cannot see it. */
export function Wrong({ className = "", children }: { className?: string; children: ReactNode }) {
	return (
		<p role="alert" className={`rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad ${className}`}>
			{children}
		</p>
	);
}

/** Below a list: reads what comes after it. */
export function More({ cursor, read }: { cursor: string | null; read: () => Promise<void> }) {
	return (
		cursor !== null && (
			<div className="flex justify-center p-3">
				<Action act={read}>Show more</Action>
			</div>
		)
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
			<div className="relative min-h-0 flex-1 overflow-y-auto overscroll-contain">{children}</div>
		</section>
	);
}

/** The first lines of a text, and a button for the rest when there is one. */
export function Clamp({ children }: { children: string }) {
	const [open, setOpen] = useState(false);
	const [long, setLong] = useState(false);
	const text = useRef<HTMLParagraphElement>(null);
	useEffect(() => {
		const p = text.current;
		if (!p || open) return;
		const seen = new ResizeObserver(() => setLong(p.scrollHeight > p.clientHeight + 1));
		seen.observe(p);
		return () => seen.disconnect();
	}, [open, children]);
	return (
		<>
			<p ref={text} className={`text-sm whitespace-pre-line break-words text-soft ${open ? "" : "line-clamp-3"}`}>
				{children}
			</p>
			{(long || open) && (
				<button
					type="button"
					aria-expanded={open}
					onClick={() => setOpen(!open)}
					className="self-start rounded py-0.5 text-sm font-medium text-accent hover:underline"
				>
					{open ? "Show less" : "Show all"}
				</button>
			)}
		</>
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
