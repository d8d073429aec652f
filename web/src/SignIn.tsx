// Signing in: the mail address, "look into your mail", and the link in it.
import { useEffect, useRef, useState } from "react";
import type { FormEvent } from "react";
import { api, ApiError, why } from "./api";
import { Bell, Button, Wrong } from "./ui";

/** The token stands behind the # so that no server ever logs it. */
function tokenOfLink(): string | null {
	return location.pathname === "/sign-in" ? new URLSearchParams(location.hash.slice(1)).get("token") : null;
}

/** Tells other tabs, of which one may still say "look into your mail". */
const TABS = "nightbell signed in";

/** Asks for a link; whether somebody has this address is not told. */
function Ask({ signedOut, problem, onSignedIn }: { signedOut: boolean; problem: string | null; onSignedIn: () => void }) {
	const [email, setEmail] = useState("");
	const [error, setError] = useState<string | null>(null);
	const [busy, setBusy] = useState(false);
	const [sent, setSent] = useState(false);
	const told = useRef<HTMLParagraphElement>(null);

	useEffect(() => {
		if (sent) told.current?.focus();
	}, [sent]);
	useEffect(() => {
		const tabs = new BroadcastChannel(TABS);
		tabs.onmessage = () => {
			if (location.pathname === "/sign-in") history.replaceState(null, "", "/");
			onSignedIn();
		};
		return () => tabs.close();
	}, [onSignedIn]);
	const send = (e: FormEvent) => {
		e.preventDefault();
		setBusy(true);
		setError(null);
		api.askLink(email.trim())
			.then(() => setSent(true))
			.catch((x: unknown) => setError(why(x)))
			.finally(() => setBusy(false));
	};
	if (sent)
		return (
			<>
				<p ref={told} tabIndex={-1} role="status" className="mt-2 text-soft outline-none">
					Look into your mail: a link is on its way to <span className="font-medium break-all text-ink">{email.trim()}</span>, if it is known
					here. It works once, for 15 minutes.
				</p>
				<div className="mt-5">
					<Button onClick={() => setSent(false)}>Use another address</Button>
				</div>
			</>
		);
	return (
		<form onSubmit={send} className="mt-2">
			<p className="text-soft">
				{signedOut && "You are signed out. "}Tell us your e-mail address, and we send you a link that signs you in.
			</p>
			{(error ?? problem) !== null && <Wrong className="mt-4">{error ?? problem}</Wrong>}
			<label htmlFor="email" className="mt-5 mb-1.5 block text-sm font-medium">
				E-mail
			</label>
			<input
				id="email"
				name="email"
				type="email"
				autoComplete="email"
				required
				maxLength={254}
				value={email}
				onChange={(e) => setEmail(e.target.value)}
				className="w-full rounded-lg border border-line bg-raised px-3 py-2.5 text-base text-ink"
			/>
			<div className="mt-4 grid">
				<Button main disabled={busy}>
					{busy ? "Sending…" : "Send me a link"}
				</Button>
			</div>
			<details className="mt-5 text-sm text-faint">
				<summary className="cursor-pointer">No mail?</summary>
				<p className="mt-2">
					Look into the spam folder. Whoever runs this gateway can also make a link in its terminal:
					<code className="mt-2 block overflow-x-auto rounded-lg border border-line bg-raised px-3 py-2 font-mono text-[0.8rem] text-ink">
						nightbell link you@example.com
					</code>
				</p>
			</details>
		</form>
	);
}

export function SignIn({ onSignedIn, signedOut }: { onSignedIn: () => void; signedOut: boolean }) {
	const [token, setToken] = useState(tokenOfLink);
	const [error, setError] = useState<string | null>(null);
	const asked = useRef(false);

	// A link that is opened where this page is already: only the hash changes.
	useEffect(() => {
		const opened = () => {
			const t = tokenOfLink();
			if (t === null) return;
			asked.current = false;
			setError(null);
			setToken(t);
		};
		window.addEventListener("hashchange", opened);
		return () => window.removeEventListener("hashchange", opened);
	}, []);
	useEffect(() => {
		if (token === null || error !== null || asked.current) return;
		asked.current = true; // a link is good once
		history.replaceState(null, "", "/sign-in");
		api.signIn(token)
			.then(() => {
				history.replaceState(null, "", "/");
				const tabs = new BroadcastChannel(TABS);
				tabs.postMessage(null);
				tabs.close();
				onSignedIn();
			})
			.catch((e: unknown) => {
				setError(why(e));
				// It was not used up when nobody was there to take it.
				asked.current = false;
				if (e instanceof ApiError && e.status !== 0 && e.status < 500) setToken(null);
			});
	}, [token, error, onSignedIn]);

	return (
		<main className="flex min-h-full items-center justify-center p-4">
			<div className="glass w-full max-w-md p-8">
				<Bell className="size-9 text-accent" />
				<h1 className="mt-4 text-xl font-semibold">Nightbell</h1>
				{token === null ? (
					<Ask signedOut={signedOut} problem={error} onSignedIn={onSignedIn} />
				) : error === null ? (
					<p role="status" className="mt-2 text-soft">
						Signing in…
					</p>
				) : (
					<>
						<Wrong className="mt-4">{error}</Wrong>
						<div className="mt-4">
							<Button onClick={() => setError(null)}>Try again</Button>
						</div>
					</>
				)}
			</div>
		</main>
	);
}
