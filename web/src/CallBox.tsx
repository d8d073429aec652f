// The telephone of the page: a call to the assistant, beside what it does.
import { useEffect, useRef, useState } from "react";
import { go } from "./nav";
import { Badge, Button } from "./ui";
import { unable, VoiceCall } from "./voice";
import type { End, Phase } from "./voice";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

const ENDED: Record<End, string> = {
	you: "You hung up.",
	assistant: "The assistant hung up.",
	lost: "The connection was lost. What was said until then is kept.",
	refused: "The gateway did not take the call. Its log says why; try again in a moment.",
	full: "The gateway cannot take a call just now. Try again in a moment.",
};

const over = (p: Phase): p is { ended: End } | { trouble: string } => typeof p === "object";

function headline(p: Phase): string {
	if (p === "asking") return "May the page hear you?";
	if (p === "ringing") return "Ringing…";
	if (p === "live") return "You are talking to the assistant";
	return "trouble" in p ? "The call did not work" : "The call is over";
}

function detail(p: Phase): string | null {
	if (p === "asking") return "Your browser asks for the microphone. Allow it to be heard.";
	if (p === "ringing") return "The assistant picks up in a second.";
	if (p === "live") return null;
	return "trouble" in p ? p.trouble : ENDED[p.ended];
}

/** Moves by itself: the box is not drawn anew for it. */
type Meter = { you: SVGRectElement | null; assistant: SVGRectElement | null };
const METER_MS = 80;

function Level({ label, bar }: { label: string; bar: (rect: SVGRectElement | null) => void }) {
	return (
		<div className="flex items-center gap-3">
			<span className="w-18 shrink-0 text-xs text-faint">{label}</span>
			<svg viewBox="0 0 100 6" preserveAspectRatio="none" className="h-1.5 w-full rounded-full bg-quiet" role="img" aria-label={`${label}: level`}>
				<rect ref={bar} width="0" height="6" className="fill-accent" />
			</svg>
		</div>
	);
}

function Keypad({ press }: { press: (digit: string) => void }) {
	return (
		<div role="group" aria-label="Keypad" className="grid grid-cols-3 gap-1.5">
			{KEYS.map((k) => (
				<button
					key={k}
					type="button"
					onClick={() => press(k)}
					className="rounded-lg border border-line bg-raised py-2 text-base font-medium tabular-nums hover:border-accent"
				>
					{k}
				</button>
			))}
		</div>
	);
}

function Clock() {
	const [s, setS] = useState(0);
	useEffect(() => {
		const timer = window.setInterval(() => setS((n) => n + 1), 1000);
		return () => window.clearInterval(timer);
	}, []);
	return (
		<span className="text-xs text-faint tabular-nums" aria-hidden="true">
			{Math.floor(s / 60)}:{String(s % 60).padStart(2, "0")}
		</span>
	);
}

export function CallBox({ onClose }: { onClose: () => void }) {
	const [phase, setPhase] = useState<Phase>("asking");
	const [muted, setMuted] = useState(false);
	const [keys, setKeys] = useState(false);
	const [pressed, setPressed] = useState("");
	const [gaps, setGaps] = useState(0);
	const meter = useRef<Meter>({ you: null, assistant: null });
	const [round, setRound] = useState(0);
	const call = useRef<VoiceCall | null>(null);
	const box = useRef<HTMLElement>(null);

	useEffect(() => {
		setMuted(false);
		setKeys(false);
		setPressed("");
		setGaps(0);
		const why = unable();
		if (why !== null) {
			setPhase({ trouble: why });
			return;
		}
		const drawn = { you: 0, assistant: 0 };
		const mine: VoiceCall = new VoiceCall({
			phase: (p) => call.current === mine && setPhase(p),
			level: (who, level) => {
				if (call.current !== mine || performance.now() - drawn[who] < METER_MS) return;
				drawn[who] = performance.now();
				meter.current[who]?.setAttribute("width", (100 * level).toFixed(0));
			},
			gaps: (n) => call.current === mine && setGaps(n),
			call: (id) => window.matchMedia("(min-width: 64rem)").matches && go(`/calls/${id}`),
		});
		call.current = mine;
		void mine.start();
		return () => {
			call.current = null;
			mine.hangUp();
		};
	}, [round]);
	// At the end the buttons are others: the keyboard stays in the box.
	const ended = over(phase);
	useEffect(() => box.current?.focus({ preventScroll: true }), [ended]);

	const press = (digit: string) => {
		call.current?.key(digit);
		setPressed((p) => (p + digit).slice(-16));
	};
	const live = phase === "live";
	return (
		<section
			ref={box}
			role="dialog"
			aria-label="Call to the assistant"
			tabIndex={-1}
			onKeyDown={(e) => {
				if (e.key === "Escape" && over(phase)) onClose();
				else if (live && KEYS.includes(e.key) && !e.ctrlKey && !e.metaKey && !e.altKey) press(e.key);
			}}
			className="call-box fixed right-3 bottom-3 left-3 z-20 flex max-h-[calc(100dvh-1.5rem)] flex-col gap-3 overflow-y-auto rounded-2xl border border-line bg-ground p-4 text-ink outline-none sm:left-auto sm:w-88 lg:right-4 lg:bottom-4"
		>
			<div className="flex items-start justify-between gap-3">
				<div className="flex flex-col gap-1" role="status">
					<h2 className="leading-tight font-semibold">{headline(phase)}</h2>
					{detail(phase) !== null && <p className={`text-sm ${over(phase) && "trouble" in phase ? "text-bad" : "text-soft"}`}>{detail(phase)}</p>}
				</div>
				{live && <Clock />}
			</div>
			{live && (
				<>
					<div className="flex flex-col gap-2">
						<Level label={muted ? "You, muted" : "You"} bar={(r) => void (meter.current.you = r)} />
						<Level label="Assistant" bar={(r) => void (meter.current.assistant = r)} />
					</div>
					{keys && <Keypad press={press} />}
					{pressed !== "" && <p className="text-center text-sm tracking-widest text-soft tabular-nums">{pressed}</p>}
				</>
			)}
			<div className="flex flex-wrap items-center gap-2">
				{live && (
					<>
						<button
							type="button"
							aria-pressed={muted}
							onClick={() => {
								call.current?.mute(!muted);
								setMuted(!muted);
							}}
							className={`rounded-lg border px-3 py-1.5 text-sm font-medium ${muted ? "border-warn bg-warn-soft text-warn" : "border-line bg-raised hover:border-accent"}`}
						>
							{muted ? "Unmute" : "Mute"}
						</button>
						<button
							type="button"
							aria-expanded={keys}
							onClick={() => setKeys(!keys)}
							className="rounded-lg border border-line bg-raised px-3 py-1.5 text-sm font-medium hover:border-accent"
						>
							Keypad
						</button>
					</>
				)}
				<span className="flex-1" />
				{over(phase) ? (
					<>
						<Button onClick={onClose}>Close</Button>
						{unable() === null && <Button onClick={() => setRound(round + 1)}>Call again</Button>}
					</>
				) : (
					<button
						type="button"
						onClick={() => call.current?.hangUp()}
						className="rounded-lg bg-bad px-3 py-1.5 text-sm font-medium text-ground hover:opacity-90"
					>
						{live ? "Hang up" : "Cancel"}
					</button>
				)}
			</div>
			{gaps > 0 && <p className="text-xs text-warn">What you heard had {gaps === 1 ? "a gap" : `${gaps} gaps`}: the connection is slow.</p>}
			{live && (
				<p className="flex items-center gap-2 text-xs text-faint">
					<Badge>Test call</Badge> It sends no texts and rings nobody; what it books is booked.
				</p>
			)}
		</section>
	);
}
