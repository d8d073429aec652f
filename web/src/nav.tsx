// Where we are in the page, and the ways to elsewhere.
import { useSyncExternalStore } from "react";
import type { ReactNode } from "react";

const subscribe = (changed: () => void) => {
	window.addEventListener("popstate", changed);
	return () => window.removeEventListener("popstate", changed);
};

export function usePath(): string {
	return useSyncExternalStore(subscribe, () => location.pathname);
}

export function go(to: string) {
	if (to !== location.pathname) history.pushState(null, "", to);
	window.dispatchEvent(new PopStateEvent("popstate"));
}

/** A link inside the page; with a modifier key the browser does as ever. */
export function Go({
	to,
	className,
	current = false,
	label,
	children,
}: {
	to: string;
	className: string;
	current?: boolean;
	label?: string;
	children: ReactNode;
}) {
	return (
		<a
			href={to}
			aria-current={current ? "page" : undefined}
			aria-label={label}
			onClick={(e) => {
				if (e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
				e.preventDefault();
				go(to);
			}}
			className={className}
		>
			{children}
		</a>
	);
}

export type View = "calls" | "leads" | "appointments" | "tasks" | "texts" | "problems" | "blocked" | "keys" | "log" | "nowhere";

/** What is looked after now and then. */
export const MANAGE: { view: View; path: string; label: string; owner: boolean }[] = [
	{ view: "problems", path: "/problems", label: "Problems", owner: false },
	{ view: "blocked", path: "/blocked", label: "Blocked callers", owner: false },
	{ view: "keys", path: "/keys", label: "Keys", owner: true },
	{ view: "log", path: "/log", label: "Log", owner: true },
];

export function viewOf(path: string): { view: View; id: string | null } {
	const one = /^\/(calls|leads)\/([0-9a-f-]{36})$/.exec(path);
	if (one) return { view: one[1] as View, id: one[2] ?? null };
	if (path === "/calls") return { view: "calls", id: null };
	return { view: [...TABS, ...MANAGE].find((t) => t.path === path)?.view ?? "nowhere", id: null };
}

interface Tab {
	view: View;
	path: string;
	label: string;
	icon: string;
}

const TABS: Tab[] = [
	{
		view: "calls",
		path: "/",
		label: "Calls",
		icon: "M5 4h3.5l1.5 4-2 1.5a11 11 0 0 0 6.5 6.5l1.5-2 4 1.5V19a2 2 0 0 1-2.2 2A17 17 0 0 1 3 6.2 2 2 0 0 1 5 4Z",
	},
	{
		view: "leads",
		path: "/leads",
		label: "Leads",
		icon: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20a7.5 7.5 0 0 1 15 0",
	},
	{
		view: "appointments",
		path: "/appointments",
		label: "Appointments",
		icon: "M5 6h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1ZM4 11h16M8 3.5v4M16 3.5v4",
	},
	{
		view: "tasks",
		path: "/tasks",
		label: "Tasks",
		icon: "M5 5h14a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1ZM8.5 12l2.5 2.5 4.5-5",
	},
	{
		view: "texts",
		path: "/texts",
		label: "Texts",
		icon: "M5 5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7l-4.5 4v-4H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1Z",
	},
];

export function Icon({ d }: { d: string }) {
	return (
		<svg
			viewBox="0 0 24 24"
			className="size-5"
			fill="none"
			stroke="currentColor"
			strokeWidth="1.7"
			strokeLinecap="round"
			strokeLinejoin="round"
			aria-hidden="true"
		>
			<path d={d} />
		</svg>
	);
}

/** On top on a wide screen, within the thumb's reach on a phone. */
export function Tabs({ view, counts, wide }: { view: View; counts: Partial<Record<View, string>>; wide: boolean }) {
	const look = wide
		? "hidden items-center gap-1 lg:flex"
		: "glass flex justify-between gap-0.5 p-1 pb-[max(0.25rem,env(safe-area-inset-bottom))] lg:hidden";
	return (
		<nav aria-label="Views" className={look}>
			{TABS.map((t) => {
				const n = counts[t.view] ?? "";
				const on = t.view === view;
				const shape = wide ? "flex-row px-3 py-1.5 text-sm" : "flex-auto flex-col px-1 py-1.5 text-[0.7rem]";
				return (
					<Go
						key={t.view}
						to={t.path}
						current={on}
						className={`relative flex min-w-0 items-center justify-center gap-x-2 gap-y-0.5 rounded-xl font-medium -outline-offset-2 ${shape} ${
							on ? "bg-accent-soft text-accent" : "text-soft hover:bg-raised hover:text-ink"
						}`}
					>
						{!wide && <Icon d={t.icon} />}
						<span className="max-w-full truncate">{t.label}</span>
						{n && (
							<span
								className={`min-w-5 rounded-full px-1.5 text-center text-[0.7rem] leading-5 tabular-nums ${
									t.view === "calls" ? "bg-live-soft text-live" : "bg-warn-soft text-warn"
								} ${wide ? "" : "absolute top-0.5 left-[calc(50%+0.5rem)]"}`}
							>
								{n}
								<span className="sr-only">{t.view === "calls" ? " live" : " open"}</span>
							</span>
						)}
					</Go>
				);
			})}
		</nav>
	);
}
