import { useEffect, useRef, useState } from "react";
import { api, ApiError } from "./api";
import { Bell, Button } from "./ui";

/** The token stands behind the # so that no server ever logs it. */
function tokenOfLink(): string | null {
	return location.pathname === "/sign-in" ? new URLSearchParams(location.hash.slice(1)).get("token") : null;
}

export function SignIn({ onSignedIn, signedOut }: { onSignedIn: () => void; signedOut: boolean }) {
	const [token, setToken] = useState(tokenOfLink);
	const [error, setError] = useState<string | null>(null);
	const asked = useRef(false);

	useEffect(() => {
		if (token === null || asked.current) return;
		asked.current = true; // a link is good once
		history.replaceState(null, "", "/sign-in");
		api.signIn(token)
			.then(() => {
				history.replaceState(null, "", "/");
				onSignedIn();
			})
			.catch((e: unknown) => {
				setError(e instanceof Error ? e.message : String(e));
				// It was not used up when nobody was there to take it.
				asked.current = false;
				if (e instanceof ApiError && e.status !== 0 && e.status < 500) setToken(null);
			});
	}, [token, onSignedIn]);

	const retry = () => {
		setError(null);
		setToken((t) => (t === null ? t : `${t}`));
		if (token !== null) location.replace(`/sign-in#token=${encodeURIComponent(token)}`);
	};
	return (
		<main className="flex min-h-full items-center justify-center p-4">
			<div className="glass w-full max-w-md p-8">
				<Bell className="size-9 text-accent" />
				<h1 className="mt-4 text-xl font-semibold">Nightbell</h1>
				{token !== null && error === null ? (
					<p role="status" className="mt-2 text-soft">
						Signing in…
					</p>
				) : (
					<>
						{error !== null ? (
							<p role="alert" className="mt-3 rounded-lg bg-bad-soft px-3 py-2 text-sm text-bad">
								{error}
							</p>
						) : (
							<p className="mt-2 text-soft">{signedOut ? "You are signed out." : "Sign in with a one-time link."}</p>
						)}
						{token !== null ? (
							<div className="mt-4">
								<Button onClick={retry}>Try again</Button>
							</div>
						) : (
							<p className="mt-3 text-sm text-soft">
								Open the link that Nightbell prints in the terminal when it starts, or make a new one there:
								<code className="mt-2 block overflow-x-auto rounded-lg border border-line bg-raised px-3 py-2 font-mono text-[0.8rem] text-ink">
									nightbell link you@example.com
								</code>
							</p>
						)}
					</>
				)}
			</div>
		</main>
	);
}
