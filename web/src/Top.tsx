// Above every view: whose desk this is, whether it is up to date, what is wrong.
import type { Link } from "./store";
import type { Session } from "./types";
import { Go, Icon, Tabs } from "./nav";
import type { View } from "./nav";
import { Badge, Bell, Button } from "./ui";

function LinkState({ link }: { link: Link }) {
	if (link === "lost") return null; // the banner says it
	return (
		<span className="flex shrink-0 items-center gap-2 text-xs text-faint">
			<span className={`size-2 rounded-full ${link === "live" ? "bg-live" : "bg-faint"}`} aria-hidden="true" />
			<span className="max-xl:sr-only">{link === "live" ? "Up to date" : "Connecting…"}</span>
		</span>
	);
}

/** Whose desk it is; who belongs to several businesses chooses here. */
function Name({ session, onBusiness }: { session: Session; onBusiness: (id: string) => void }) {
	if (session.businesses.length < 2) return <h1 className="line-clamp-2 min-w-0 leading-tight font-semibold break-words">{session.business_name}</h1>;
	return (
		<>
			<h1 className="sr-only">{session.business_name}</h1>
			<span className="relative flex min-w-0 items-center">
				<select
					aria-label="Business"
					value={session.business ?? ""}
					onChange={(e) => onBusiness(e.target.value)}
					className="min-w-0 cursor-pointer appearance-none truncate rounded-lg border border-line bg-raised py-1 pr-7 pl-2.5 font-semibold text-ink"
				>
					{session.businesses.map((b) => (
						<option key={b.id} value={b.id} className="bg-ground text-ink">
							{b.name}
						</option>
					))}
				</select>
				<span className="pointer-events-none absolute right-2.5 text-xs text-faint" aria-hidden="true">
					▾
				</span>
			</span>
		</>
	);
}

const GEAR =
	"M4 7h9M17 7h3M4 17h3M11 17h9M13 7a2 2 0 1 0 4 0 2 2 0 0 0-4 0ZM7 17a2 2 0 1 0 4 0 2 2 0 0 0-4 0Z";

export function Top({
	session,
	link,
	view,
	counts,
	problems,
	managing,
	onSignOut,
	onBusiness,
	onCall,
}: {
	session: Session;
	link: Link;
	problems: number;
	managing: boolean;
	view: View;
	counts: Partial<Record<View, string>>;
	onSignOut: () => void;
	onBusiness: (id: string) => void;
	/** Null: who may not, or is on the line. */
	onCall: (() => void) | null;
}) {
	return (
		<header className="flex items-center gap-3 px-1 max-[26rem]:flex-wrap max-[26rem]:gap-y-1.5">
			<a
				href="#main"
				className="glass sr-only z-10 px-4 py-2 text-sm font-medium focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
			>
				Skip to the content
			</a>
			<Bell className="size-6 shrink-0 text-accent max-[26rem]:mr-auto" />
			<div className="flex min-w-0 items-center gap-2 max-lg:flex-1 max-[26rem]:order-last max-[26rem]:basis-full">
				<Name session={session} onBusiness={onBusiness} />
				{session.role === "viewer" && <Badge>Read only</Badge>}
			</div>
			<div className="flex-1 px-3 max-lg:hidden">
				<Tabs wide view={view} counts={counts} />
			</div>
			<LinkState link={link} />
			{onCall && (
				<Button onClick={onCall} label="Call the assistant">
					<span className="max-sm:hidden">Call the assistant</span>
					<span className="sm:hidden">Call</span>
				</Button>
			)}
			<span className="hidden max-w-56 truncate text-xs text-faint xl:inline">{session.email}</span>
			<Go
				to="/problems"
				label={problems > 0 ? `Manage: ${problems} problems` : "Manage"}
				current={managing}
				className={`relative shrink-0 rounded-lg p-1.5 ${managing ? "bg-accent-soft text-accent" : "text-soft hover:bg-raised hover:text-ink"}`}
			>
				<Icon d={GEAR} />
				{problems > 0 && <span className="absolute top-0.5 right-0.5 size-2 rounded-full bg-warn" aria-hidden="true" />}
			</Go>
			<Button quiet onClick={onSignOut}>
				Sign out
			</Button>
		</header>
	);
}

export function Banner({ error, link, retry }: { error: string | null; link: Link; retry: () => void }) {
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

export function Notice({ dead, numbers }: { dead: number; numbers: number }) {
	const sent = dead === 1 ? "One thing could not be sent." : `${dead} things could not be sent.`;
	return (
		<div role="status" className="flex items-center justify-between gap-3 rounded-xl bg-warn-soft px-4 py-2 text-sm text-warn">
			<span>
				{numbers > 0 && "The carrier takes no texts from your number. "}
				{dead > 0 && sent}
			</span>
			<Go to="/problems" className="shrink-0 rounded-lg px-3 py-1 font-medium underline underline-offset-4">
				Look at {dead + numbers === 1 ? "it" : "them"}
			</Go>
		</div>
	);
}
