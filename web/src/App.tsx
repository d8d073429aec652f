import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { api, ApiError } from "./api";
import { CallBox } from "./CallBox";
import { Calls, moreLive, sortCalls } from "./Calls";
import { clockOf, isLive } from "./format";
import { Person, People } from "./Leads";
import { Appointments, Tasks, Texts } from "./Lists";
import { AuditLog, BlockedCallers, Keys, ManageTabs } from "./Manage";
import { Go, go, MANAGE, Tabs, usePath, viewOf } from "./nav";
import { Problems, useNumbers } from "./Problems";
import { SignIn } from "./SignIn";
import { useDesk } from "./store";
import { Banner, Notice, Top } from "./Top";
import { Transcript } from "./Transcript";
import type { Session } from "./types";
import { Bell, Button, Empty, Panel } from "./ui";

/** Who used the keyboard to go elsewhere is not left behind. */
function useFocus(path: string) {
	const main = useRef<HTMLElement>(null);
	const last = useRef(path);
	useEffect(() => {
		if (last.current === path) return;
		last.current = path;
		const at = document.activeElement;
		if (!at || at === document.body || !(at as HTMLElement).checkVisibility()) main.current?.focus({ preventScroll: true });
	}, [path]);
	return main;
}

/* ---- signed in ---- */

function Desk({
	session,
	onSignedOut,
	onBusiness,
}: {
	session: Session;
	onSignedOut: () => void;
	onBusiness: (id: string) => void;
}) {
	const { state, openCall, openLead, more, setTask, redrive, retry } = useDesk(onSignedOut);
	const path = usePath();
	const { view, id } = viewOf(path);
	const main = useFocus(path);
	const clock = useMemo(() => clockOf(session.timezone), [session.timezone]);
	// On a wide screen a live call shows itself; a choice of the user stays.
	const first = useMemo(() => sortCalls(state.calls.values())[0]?.id ?? null, [state.calls]);
	const call = view === "calls" ? (id ?? first) : null;
	const live = [...state.calls.values()].filter((c) => isLive(c.status)).length;
	const open = [...state.tasks.values()].filter((t) => t.status === "open").length;
	const dead = [...state.outbox.values()].filter((o) => o.state === "dead").length;
	const plus = moreLive(state) ? "+" : "";
	const counts = { calls: live > 0 ? `${live}${plus}` : "", tasks: open > 0 ? `${open}` : "" };
	const numbers = useNumbers(state);
	const owner = session.role === "owner" || session.role === "admin";
	const managing = MANAGE.some((m) => m.view === view && (owner || !m.owner));
	const mayChange = session.role !== null && session.role !== "viewer";

	useEffect(() => {
		document.title = `${live > 0 ? `(${live}${plus} live) ` : ""}${session.business_name ?? "Nightbell"} · Nightbell`;
	}, [live, plus, session.business_name]);
	const signOut = () => {
		api.signOut().then(onSignedOut, onSignedOut);
	};
	const [calling, setCalling] = useState(false);
	const props = { state, clock, more };
	const manage = { clock, onSignedOut, may: mayChange };
	const onTask = mayChange ? setTask : null;
	const onRedrive = mayChange ? redrive : null;
	return (
		<div className="mx-auto flex h-dvh max-w-[110rem] flex-col gap-3 p-3 lg:p-4">
			<Top
				session={session}
				link={state.link}
				view={view}
				counts={counts}
				problems={dead + numbers.length}
				managing={managing}
				onSignOut={signOut}
				onBusiness={onBusiness}
				onCall={mayChange && !calling ? () => setCalling(true) : null}
			/>
			<Banner error={state.error} link={state.link} retry={retry} />
			{dead + numbers.length > 0 && !managing && <Notice dead={dead} numbers={numbers.length} />}
			<main ref={main} id="main" tabIndex={-1} className="min-h-0 flex-1 outline-none">
				{view === "calls" ? (
					<div className="grid h-full grid-cols-1 grid-rows-1 gap-3 lg:grid-cols-[19rem_minmax(0,1fr)] lg:gap-4 xl:grid-cols-[20rem_minmax(0,1fr)_20rem]">
						<Calls {...props} selected={call} className={id === null ? "flex" : "hidden lg:flex"} />
						<Transcript
							{...props}
							id={call}
							openCall={openCall}
							back={() => go("/")}
							className={id !== null ? "flex" : "hidden lg:flex"}
						/>
						<div className="hidden min-h-0 min-w-0 flex-col gap-4 xl:flex">
							<Tasks {...props} onTask={onTask} brief />
							<Appointments {...props} brief />
						</div>
					</div>
				) : view === "leads" ? (
					<div className="grid h-full grid-cols-1 grid-rows-1 gap-3 lg:grid-cols-[22rem_minmax(0,1fr)] lg:gap-4">
						<People {...props} selected={id} className={id === null ? "flex" : "hidden lg:flex"} />
						<Person {...props} id={id} openLead={openLead} className={id !== null ? "flex" : "hidden lg:flex"} />
					</div>
				) : (
					<div className="mx-auto flex h-full max-w-4xl flex-col">
						{view === "appointments" && <Appointments {...props} />}
						{view === "tasks" && <Tasks {...props} onTask={onTask} />}
						{view === "texts" && <Texts {...props} />}
						{managing && <ManageTabs view={view} owner={owner} problems={dead + numbers.length} />}
						{view === "problems" && <Problems {...props} numbers={numbers} onTask={onTask} onRedrive={onRedrive} />}
						{view === "blocked" && <BlockedCallers {...manage} />}
						{view === "keys" && owner && <Keys {...manage} />}
						{view === "log" && owner && <AuditLog {...manage} />}
						{view === "nowhere" && (
							<Panel label="Not found" className="flex">
								<Empty title="There is no such page">
									<Go to="/" className="underline underline-offset-4">
										To the calls
									</Go>
								</Empty>
							</Panel>
						)}
						{MANAGE.some((m) => m.view === view) && !managing && <Empty title="Only owners see this">Ask the owner of the business.</Empty>}
					</div>
				)}
			</main>
			<Tabs wide={false} view={view} counts={counts} />
			{calling && <CallBox onClose={() => setCalling(false)} />}
		</div>
	);
}

/* ---- who is it? ---- */

type Who = { is: "asking" } | { is: "out"; signedOut: boolean } | { is: "in"; session: Session } | { is: "error"; why: string };

/** The business that this tab showed last, if it is still one of the user's. */
const CHOICE = "nightbell business";

function chosen(session: Session, id: string | null): Session {
	const b = session.businesses.find((x) => x.id === id);
	api.useBusiness(b ? b.id : session.business);
	return b ? { ...session, business: b.id, business_name: b.name, timezone: b.timezone, role: b.role } : session;
}

export function App() {
	const [who, setWho] = useState<Who>(() =>
		location.pathname === "/sign-in" ? { is: "out", signedOut: false } : { is: "asking" },
	);
	const ask = useCallback(() => setWho({ is: "asking" }), []);
	const out = useCallback(() => {
		sessionStorage.removeItem(CHOICE);
		setWho({ is: "out", signedOut: true });
	}, []);
	const toBusiness = useCallback((id: string) => {
		sessionStorage.setItem(CHOICE, id);
		go("/");
		setWho((w) => (w.is === "in" ? { is: "in", session: chosen(w.session, id) } : w));
	}, []);

	useEffect(() => {
		if (who.is !== "asking") return;
		api.useBusiness(null);
		api.session().then(
			(session) => setWho({ is: "in", session: chosen(session, sessionStorage.getItem(CHOICE)) }),
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
			return <Desk key={who.session.business} session={who.session} onSignedOut={out} onBusiness={toBusiness} />;
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
