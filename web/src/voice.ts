// A call from the page: microphone, codec and socket, without any picture.
import { api } from "./api";
import { CLEAR, DTMF, MARK, MEDIA, pack, START, STOP, unpack } from "./bstream";
import workletUrl from "./voice-worklet?worker&url";

const RATE = 48000;
const FRAME_US = 20000;
const BITRATE = 24000;
const BEHIND_MAX = 32768; // bytes that wait: a line so slow gets no more

export type End = "you" | "assistant" | "lost" | "refused" | "full";
export type Phase = "asking" | "ringing" | "live" | { ended: End } | { trouble: string };

export interface Watcher {
	phase: (p: Phase) => void;
	/** 0 to 1, some twenty times a second. */
	level: (who: "you" | "assistant", level: number) => void;
	/** So many gaps were heard so far inside of what the assistant said. */
	gaps: (n: number) => void;
	/** The call's id, once it is known. */
	call: (id: string) => void;
}

/** Null, or why this browser cannot. */
export function unable(): string | null {
	if (!window.isSecureContext)
		return "Browsers lend the microphone only to pages of https:// or of this machine (http://127.0.0.1). Open the page there.";
	if (typeof AudioEncoder === "undefined" || typeof AudioDecoder === "undefined" || typeof AudioWorkletNode === "undefined")
		return "This browser has no WebCodecs for sound. Please use a recent Chrome, Edge, Firefox or Safari.";
	return null;
}

function microphoneTrouble(e: unknown): string {
	switch (e instanceof DOMException ? e.name : "") {
		case "NotAllowedError":
			return "The microphone was not allowed. Allow it beside the address of the page, then call again.";
		case "NotFoundError":
			return "No microphone was found. Plug one in, or choose one in the settings of the browser, then call again.";
		case "NotReadableError":
			return "Another program has the microphone. Close it there, then call again.";
		default:
			return `The microphone does not work: ${e instanceof Error ? e.message : String(e)}`;
	}
}

const loud = (rms: number) => Math.min(1, Math.max(0, (20 * Math.log10(rms + 1e-6) + 60) / 55));

export class VoiceCall {
	private ctx: AudioContext | null = null;
	private mic: MediaStream | null = null;
	private capture: AudioWorkletNode | null = null;
	private player: AudioWorkletNode | null = null;
	private encoder: AudioEncoder | null = null;
	private decoder: AudioDecoder | null = null;
	private ws: WebSocket | null = null;
	private over = false;
	private live = false;
	private frames = 0; // of the microphone
	private seq = 0;
	private given = 0; // packets to the decoder …
	private taken = 0; // … what came back …
	private dropTo = 0; // … and up to where it is not played any more
	private marks: { name: string; after: number }[] = [];

	constructor(private readonly watch: Watcher) {}

	async start(): Promise<void> {
		try {
			this.watch.phase("asking");
			await this.openMicrophone();
			if (this.over) return;
			this.watch.phase("ringing");
			await this.openAudio();
			if (this.over) return;
			const to = await api.browserCall();
			if (this.over) return;
			this.watch.call(to.call);
			this.openSocket(to.path, to.token);
		} catch (e) {
			this.end({ trouble: e instanceof Error ? e.message : String(e) });
		}
	}

	hangUp() {
		if (this.ws?.readyState === WebSocket.OPEN) this.ws.send(pack(STOP, new Uint8Array(0)));
		this.end({ ended: "you" });
	}

	mute(muted: boolean) {
		this.capture?.port.postMessage({ muted });
	}

	key(digit: string) {
		if (this.live) this.ws?.send(pack(DTMF, new TextEncoder().encode(digit)));
	}

	private async openMicrophone() {
		try {
			this.mic = await navigator.mediaDevices.getUserMedia({
				audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
			});
		} catch (e) {
			throw new Error(microphoneTrouble(e));
		}
		this.mic.getAudioTracks()[0]?.addEventListener("ended", () => this.end({ trouble: "The microphone went away." }));
		if (this.over) this.release();
	}

	private async openAudio() {
		const ctx = (this.ctx = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" }));
		await ctx.audioWorklet.addModule(workletUrl);
		if (this.over || !this.mic) {
			await ctx.close(); // hung up meanwhile
			return;
		}
		this.player = new AudioWorkletNode(ctx, "player", { numberOfInputs: 0, outputChannelCount: [1] });
		this.player.port.onmessage = (e: MessageEvent<{ mark?: string; level?: number; gaps?: number }>) => {
			if (e.data.gaps !== undefined) this.watch.gaps(e.data.gaps);
			if (e.data.mark !== undefined) this.played(e.data.mark);
			if (e.data.level !== undefined) this.watch.level("assistant", loud(e.data.level));
		};
		this.player.connect(ctx.destination);
		this.openCodecs();
		this.capture = new AudioWorkletNode(ctx, "capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
		this.capture.port.onmessage = (e: MessageEvent<{ pcm: Float32Array<ArrayBuffer>; level: number }>) => this.hear(e.data.pcm, e.data.level);
		ctx.createMediaStreamSource(this.mic).connect(this.capture);
		await ctx.resume();
	}

	private openCodecs() {
		const failed = (e: DOMException) => this.end({ trouble: `The browser's codec failed: ${e.message}` });
		const sound = { codec: "opus", sampleRate: RATE, numberOfChannels: 1 };
		this.encoder = new AudioEncoder({ output: (chunk) => this.send(chunk), error: failed });
		// DTX stays off: silence is sent, too, for its length counts.
		const opus = { frameDuration: FRAME_US, application: "voip", usedtx: false };
		this.encoder.configure({ ...sound, bitrate: BITRATE, opus } as AudioEncoderConfig);
		this.decoder = new AudioDecoder({ output: (data) => this.play(data), error: failed });
		this.decoder.configure(sound);
	}

	/* ---- the socket ---- */

	private openSocket(path: string, token: string) {
		const ws = (this.ws = new WebSocket(new URL(path, location.href.replace(/^http/, "ws"))));
		ws.binaryType = "arraybuffer";
		ws.onopen = () => ws.send(pack(START, new TextEncoder().encode(JSON.stringify({ token }))));
		ws.onmessage = (e: MessageEvent<ArrayBuffer>) => this.take(e.data);
		ws.onclose = (e) => {
			if (e.code === 1000) this.end({ ended: "assistant" });
			else this.end({ ended: this.live ? "lost" : e.code === 1011 ? "full" : "refused" });
		};
	}

	private take(data: ArrayBuffer) {
		const m = unpack(data);
		if (!m || this.over) return;
		if (m.kind === MEDIA) {
			if (!this.live) {
				this.live = true;
				this.watch.phase("live");
			}
			this.given++;
			this.decoder?.decode(new EncodedAudioChunk({ type: "key", timestamp: (m.at * 1000) / 48, data: m.body }));
		} else if (m.kind === MARK) {
			this.marks.push({ name: new TextDecoder().decode(m.body), after: this.given });
			this.passMarks();
		} else if (m.kind === CLEAR) {
			this.dropTo = this.given;
			this.marks = [];
			this.player?.port.postMessage({ clear: true });
		}
	}

	/* ---- to the ear ---- */

	private play(data: AudioData) {
		if (this.taken++ >= this.dropTo && !this.over) {
			const pcm = new Float32Array(data.numberOfFrames);
			data.copyTo(pcm, { planeIndex: 0, format: "f32-planar" });
			this.player?.port.postMessage({ pcm }, [pcm.buffer]);
		}
		data.close();
		this.passMarks();
	}

	/** A mark goes behind the sound that it stands behind. */
	private passMarks() {
		for (let m = this.marks[0]; m && m.after <= this.taken; m = this.marks[0]) {
			this.player?.port.postMessage({ mark: m.name });
			this.marks.shift();
		}
	}

	/** It left the page; the loudspeaker has it a little later. */
	private played(mark: string) {
		const later = Math.min(this.ctx?.outputLatency ?? 0, 0.4) * 1000;
		window.setTimeout(() => {
			if (this.ws?.readyState === WebSocket.OPEN) this.ws.send(pack(MARK, new TextEncoder().encode(mark)));
		}, later);
	}

	/* ---- from the mouth ---- */

	private hear(pcm: Float32Array<ArrayBuffer>, level: number) {
		if (this.over) return;
		this.watch.level("you", loud(level));
		if (!this.live && this.ws?.readyState !== WebSocket.OPEN) return;
		const data = new AudioData({
			format: "f32-planar",
			sampleRate: RATE,
			numberOfChannels: 1,
			numberOfFrames: pcm.length,
			timestamp: this.frames++ * FRAME_US,
			data: pcm,
		});
		this.encoder?.encode(data);
		data.close();
	}

	private send(chunk: EncodedAudioChunk) {
		const body = new Uint8Array(chunk.byteLength);
		chunk.copyTo(body);
		const seq = this.seq++;
		if (this.ws?.readyState === WebSocket.OPEN && this.ws.bufferedAmount < BEHIND_MAX)
			this.ws.send(pack(MEDIA, body, seq, Math.round((chunk.timestamp * 48) / 1000)));
	}

	/* ---- the end ---- */

	private end(phase: Phase) {
		if (this.over) return;
		this.over = true;
		// The assistant's last words are in the queue: they are heard.
		const polite = typeof phase === "object" && "ended" in phase && phase.ended === "assistant";
		this.release(polite ? 500 : 0);
		this.watch.phase(phase);
	}

	private release(playOnMs = 0) {
		for (const t of this.mic?.getTracks() ?? []) t.stop();
		this.capture?.port.postMessage({ stop: true });
		if (this.encoder && this.encoder.state !== "closed") this.encoder.close();
		this.ws?.close(1000);
		window.setTimeout(() => {
			this.player?.port.postMessage({ stop: true });
			if (this.decoder && this.decoder.state !== "closed") this.decoder.close();
			void this.ctx?.close();
		}, playOnMs);
	}
}
