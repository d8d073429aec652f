// What both said, to listen to: the caller is on the left, the assistant on
// the right. The file begins where the call does, so a line of the transcript
// has its place in it.
import { useEffect, useId, useImperativeHandle, useRef, useState } from "react";
import type { Ref } from "react";
import { api } from "./api";
import { duration } from "./format";
import type { Recording, Segment } from "./types";

/** Plays what was said in a stream of the call at this time. */
export type Seek = (stream: number, ms: number) => void;

export function plays(r: Recording): boolean {
	return (r.state === "complete" || r.state === "incomplete") && (r.duration_ms ?? 0) > 0;
}

const LANES = [
	{ leg: "caller", y: 0, look: "fill-accent" },
	{ leg: "assistant", y: 11, look: "fill-soft" },
] as const;

/** Who spoke when; a click goes there. For the eye: the transcript says it. */
function Lanes({ ms, at, segments, go }: { ms: number; at: number; segments: readonly Segment[]; go: (ms: number) => void }) {
	return (
		<svg
			aria-hidden="true"
			viewBox={`0 0 ${ms} 20`}
			preserveAspectRatio="none"
			className="h-8 w-full cursor-pointer rounded bg-quiet"
			onClick={(e) => {
				const box = e.currentTarget.getBoundingClientRect();
				go(((e.clientX - box.left) / box.width) * ms);
			}}
		>
			{LANES.map((lane) =>
				segments
					.filter((s) => s.leg === lane.leg)
					.map((s) => (
						<rect
							key={`${lane.leg}.${s.seq}`}
							data-leg={s.leg}
							x={s.start_ms}
							y={lane.y}
							width={Math.max(s.end_ms - s.start_ms, ms / 300)}
							height={9}
							className={lane.look}
						/>
					)),
			)}
			<rect x={at} y={0} width={ms / 300} height={20} className="fill-ink" />
		</svg>
	);
}

function One({ r, segments, many, seek }: { r: Recording; segments: readonly Segment[]; many: boolean; seek: Ref<(ms: number) => void> }) {
	const audio = useRef<HTMLAudioElement>(null);
	const [at, setAt] = useState(0);
	const [broken, setBroken] = useState(false);
	const about = useId();
	const ms = r.duration_ms ?? 1;
	const go = (to: number) => {
		if (!audio.current) return;
		audio.current.currentTime = Math.min(Math.max(to, 0), ms) / 1000;
	};
	const play = (to: number) => {
		go(to);
		void audio.current?.play().catch(() => setBroken(true));
	};
	useImperativeHandle(seek, () => play);
	return (
		<div className="flex flex-col gap-2">
			<audio
				ref={audio}
				controls
				preload="metadata"
				src={api.audioUrl(r.id)}
				aria-label={many ? `Recording, part ${r.stream}` : "Recording"}
				aria-describedby={about}
				onTimeUpdate={(e) => setAt(e.currentTarget.currentTime * 1000)}
				onError={() => setBroken(true)}
				onLoadedMetadata={() => setBroken(false)}
				className="h-10 w-full"
			/>
			<Lanes ms={ms} at={at} segments={segments} go={go} />
			<p id={about} className="text-xs text-faint">
				{broken ? (
					<span className="text-bad">The recording cannot be played now.</span>
				) : (
					<>
						Caller left, assistant right.
						{r.from_ms > 0 && <> Recorded from {duration(r.from_ms)} on, when the caller had heard so.</>}
						{r.state === "incomplete" && <> Some of it is missing.</>}
					</>
				)}
			</p>
		</div>
	);
}

export function Player({
	recordings,
	segments,
	seek,
}: {
	recordings: readonly Recording[];
	segments: readonly Segment[];
	seek: { current: Seek | null };
}) {
	const parts = useRef(new Map<number, (ms: number) => void>());
	useEffect(() => {
		seek.current = (stream, ms) => parts.current.get(stream)?.(ms);
		return () => {
			seek.current = null;
		};
	}, [seek]);
	return (
		<section aria-label="Recording" className="mx-auto mt-4 flex max-w-3xl flex-col gap-4 rounded-xl border border-line bg-raised p-3">
			{recordings.map((r) => (
				<One
					key={r.id}
					r={r}
					many={recordings.length > 1}
					segments={segments.filter((s) => (s.stream ?? 1) === r.stream)}
					seek={(f) => {
						if (f) parts.current.set(r.stream, f);
						else parts.current.delete(r.stream);
					}}
				/>
			))}
		</section>
	);
}
