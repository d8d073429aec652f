import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { api, ApiError } from "./api";
import type { Session } from "./api";
import { Calls, sortCalls } from "./Calls";
import { clockOf, isLive } from "./format";
import { Appointments, Texts } from "./Lists";
import { SignIn } from "./SignIn";
import { useDesk } from "./store";
import type { Link } from "./store";
import { Transcript } from "./Transcript";
import { Bell, Button } from "./ui";

/* ---- where we are ---- */

const subscribe = (changed: () => void) => {
	window.addEventListener("popstate", changed);
	return () => window.removeEventListener("popstate", changed);
};

function usePath(): [string, (path: string) => void] {
	const path = useSyncExternalStore(subscribe, () => location.pathname);
	const go = useCallback((to: string) => {
		if (to !== location.pathname) history.pushState(null, "", to);
		window.dispatchEvent(new PopStateEvent("popstate"));
	}, []);
	return [path, go];
}

type View = "calls" | "appointments" | "texts";

function viewOf(path: string): { view: View; call: string | null } {
	const call = /^\/calls\/([0-9a-f-]{36})$/.exec(path);
	if (call) return { view: "calls", call: call[1] ?? null };
	if (path === "/appointments") return { view: "appointments", call: null };
	return { view: path === "/texts" ? "texts" : "calls", call: null };
}

const TABS: { view: View; path: string; label: string }[] = [
	{ view: "calls", path: "/", label: "Calls" },
	{ view: "appointments", path: "/appointments", label: "Appointments" },
	{ view: "texts", path: "/texts", label: "Texts" },
];

/* ---- frame ---- */

function LinkState({ link }: { link: Link }) {
	if (link === "lost") return null; // the banner says it
	return (
		<span className="flex items-center gap-2 text-xs text-faint">
			<span className={`size-2 rounded-full ${link === "live" ? "bg-live" : "bg-faint"}`} aria-hidden="true" />
			<span className="max-sm:sr-only">{link === "live" ? "Up to date" : "Connecting…"}</span>
		</span>
	);
}

function Top({ session, link, onSignOut }: { session: Session; link: Link; onSignOut: () => void }) {
	return (
		<header className="flex items-center gap-3 px-1">
			<Bell className="size-6 shrink-0 text-accent" />
			<h1 className="min-w-0 flex-1 truncate font-semibold">{session.business_name}</h1>
			<LinkState link={link} />
			<span className="hidden text-xs text-faint md:inline">{session.email}</span>
			<Button quiet onClick={onSignOut}>
				Sign out
			</Button>
		</header>
	);
}

function Banner({ error, link, retry }: { error: string | null; link: Link; retry: () => void }) {
	if (error === null && link !== "lost") return null;
	return (
		<div
			role="alert"
			className={`flex items-center justify-between gap-3 rounded-xl px-4 py-2.5 text-sm ${error === null ? "bg-warn-soft text-warn" : "bg-bad-soft text-bad"}`}
		>
			<span>{error ?? "The connection was lost. Reconnecting; nothing will be missed."}</span>
			{error !== null && <Button onClick={retry}>Try again</Button>}
		</div>
	);
}

function Tabs({ view, go }: { view: View; go: (path: string) => void }) {
	return (
		<nav aria-label="Views" className="glass grid grid-cols-3 gap-1 p-1 lg:hidden">
			{TABS.map((t) => (
				<a
					key={t.view}
					href={t.path}
					aria-current={t.view === view ? "page" : undefined}
					onClick={(e) => {
						e.preventDefault();
						go(t.path);
					}}
					className={`rounded-xl py-2.5 text-center text-sm font-medium ${t.view === view ? "bg-accent-soft text-accent" : "text-soft"}`}
				>
					{t.label}
				</a>
			))}
		</nav>
	);
}

/* ---- signed in ---- */

function Desk({ session, onSignedOut }: { session: Session; onSignedOut: () => void }) {
	const { state, openCall, retry } = useDesk(onSignedOut);
	const [path, go] = usePath();
	const { view, call } = viewOf(path);
	const clock = useMemo(() => clockOf(session.timezone), [session.timezone]);
	// On a wide screen a live call shows itself; a choice of the user stays.
	const first = useMemo(() => sortCalls(state.calls.values())[0]?.id ?? null, [state.calls]);
	const shown = call ?? first;
	const live = [...state.calls.values()].filter((c) => isLive(c.status)).length;

	useEffect(() => {
		document.title = `${live > 0 ? `(${live} live) ` : ""}${session.business_name} · Nightbell`;
	}, [live, session.business_name]);
	const signOut = () => {
		api.signOut().then(onSignedOut, onSignedOut);
	};
	// Small screens show one panel; which one follows from the path.
	const small = (when: boolean) => (when ? "flex" : "hidden lg:flex");
	const props = { state, clock, go };
	return (
		<div className="mx-auto flex h-dvh max-w-[110rem] flex-col gap-3 p-3 lg:p-4">
			<Top session={session} link={state.link} onSignOut={signOut} />
			<Banner error={state.error} link={state.link} retry={retry} />
			<main className="grid min-h-0 flex-1 grid-cols-1 grid-rows-1 gap-3 lg:grid-cols-[19rem_minmax(0,1fr)_20rem] lg:gap-4">
				<Calls {...props} selected={shown} className={small(view === "calls" && call === null)} />
				<Transcript
					{...props}
					id={shown}
					openCall={openCall}
					back={() => go("/")}
					className={small(view === "calls" && call !== null)}
				/>
				<div className={`${small(view !== "calls")} min-h-0 min-w-0 flex-col gap-3 lg:gap-4`}>
					<Appointments {...props} className={`${small(view === "appointments")} flex-1`} />
					<Texts {...props} className={`${small(view === "texts")} flex-1`} />
				</div>
			</main>
			<Tabs view={view} go={go} />
		</div>
	);
}

/* ---- who is it? ---- */

type Who = { is: "asking" } | { is: "out"; signedOut: boolean } | { is: "in"; session: Session } | { is: "error"; why: string };

export function App() {
	const [who, setWho] = useState<Who>(() =>
		location.pathname === "/sign-in" ? { is: "out", signedOut: false } : { is: "asking" },
	);
	const ask = useCallback(() => setWho({ is: "asking" }), []);
	const out = useCallback(() => setWho({ is: "out", signedOut: true }), []);

	useEffect(() => {
		if (who.is !== "asking") return;
		api.session().then(
			(session) => setWho({ is: "in", session }),
			(e: unknown) => {
				if (e instanceof ApiError && e.status === 401) setWho({ is: "out", signedOut: false });
				else setWho({ is: "error", why: e instanceof Error ? e.message : String(e) });
			},
		);
	}, [who.is]);
	useEffect(() => {
		if (who.is !== "error") return;
		const timer = window.setTimeout(ask, 4000);
		return () => window.clearTimeout(timer);
	}, [who.is, ask]);

	switch (who.is) {
		case "in":
			return <Desk session={who.session} onSignedOut={out} />;
		case "out":
			return <SignIn onSignedIn={ask} signedOut={who.signedOut} />;
		case "error":
			return (
				<main className="flex min-h-full items-center justify-center p-4">
					<div role="alert" className="glass max-w-md p-8">
						<h1 className="text-lg font-semibold">Nightbell does not answer</h1>
						<p className="mt-2 mb-4 text-soft">{who.why} This page tries again every few seconds.</p>
						<Button onClick={ask}>Try now</Button>
					</div>
				</main>
			);
		case "asking":
			return (
				<main aria-busy="true" className="flex min-h-full items-center justify-center">
					<Bell className="size-10 text-accent opacity-60" />
					<span className="sr-only">Loading</span>
				</main>
			);
	}
}
