// On the audio thread: cuts the microphone into 20 ms, and plays what comes
// from a queue, so that a mark is told when it is reached, not when it came.
interface Port {
	port: MessagePort;
}
declare const AudioWorkletProcessor: { prototype: Port; new (): Port };
declare function registerProcessor(name: string, of: new () => Port): void;

const FRAME = 960; // 20 ms at 48 kHz
const READY = 5760; // 120 ms are gathered before speech begins: so much comes at once
const WAIT = 2; // … at most so many times as long is waited for it;
const MORE = 1920; // after each time that more came too late 40 ms more …
const MOST = 10560; // … up to 220;
const LESS = 480; // 10 ms less after each stretch that was whole
const FADE = 240; // 5 ms: what is cut off does not click
const DIES = 0.98; // per sample: neither does what breaks off …
const NOTHING = 1e-5; // … down to here
const BEGINS = 2; // so many marks lie between what is said and what is said next
const LEVEL_EVERY = 2400;

const rms = (sum: number, n: number) => Math.sqrt(sum / Math.max(n, 1));

class Capture extends AudioWorkletProcessor {
	private frame = new Float32Array(FRAME);
	private n = 0;
	private muted = false;
	private on = true;

	constructor() {
		super();
		this.port.onmessage = (e: MessageEvent<{ muted?: boolean; stop?: boolean }>) => {
			if (e.data.muted !== undefined) this.muted = e.data.muted;
			if (e.data.stop) this.on = false;
		};
	}

	process([input]: Float32Array[][]): boolean {
		const from = input?.[0];
		for (let i = 0; i < (from?.length ?? 128); i++) {
			this.frame[this.n++] = this.muted ? 0 : (from?.[i] ?? 0);
			if (this.n < FRAME) continue;
			let sum = 0;
			for (const x of this.frame) sum += x * x;
			this.port.postMessage({ pcm: this.frame, level: rms(sum, FRAME) }, [this.frame.buffer]);
			this.frame = new Float32Array(FRAME);
			this.n = 0;
		}
		return this.on;
	}
}

type Item = { pcm: Float32Array } | { mark: string };

class Player extends AudioWorkletProcessor {
	private queue: Item[] = [];
	private at = 0; // of the first item
	private held = 0; // samples in the queue
	private speaking = false;
	private ready = READY;
	private waited = 0;
	// Marks since the last sound. Speech that begins after a silence has one of
	// its own in front: with the last one's that makes two. With fewer, what
	// comes belongs to what was being said, and came too late.
	private marks = BEGINS;
	private idle = 0; // samples since the last sound
	private gaps = 0; // inside of what was being said
	private fading = 0; // samples of the fade still to come …
	private rising = 0; // … and of the one behind a gap
	private last = 0; // sample played
	private sum = 0;
	private n = 0;
	private on = true;

	constructor() {
		super();
		this.port.onmessage = (e: MessageEvent<{ pcm?: Float32Array; mark?: string; clear?: boolean; stop?: boolean }>) => {
			const m = e.data;
			if (m.clear) this.clear();
			else if (m.stop) this.on = false;
			else if (m.pcm) {
				this.held += m.pcm.length;
				this.queue.push({ pcm: m.pcm });
			} else if (m.mark !== undefined) this.queue.push({ mark: m.mark });
		};
	}

	/** What is queued goes; so much stays as the fade needs. */
	private clear() {
		const rest: Item[] = [];
		let n = 0;
		for (const item of this.queue) {
			if (n >= FADE) break;
			if ("mark" in item) continue;
			const pcm = rest.length === 0 ? item.pcm.subarray(this.at) : item.pcm;
			rest.push({ pcm: pcm.subarray(0, FADE - n) });
			n += Math.min(pcm.length, FADE - n);
		}
		this.queue = this.speaking ? rest : [];
		this.held = this.speaking ? n : 0;
		this.fading = this.held;
		this.at = 0;
		this.marks = BEGINS; // what comes is something else
		this.waited = 0;
	}

	private pass() {
		for (let first = this.queue[0]; first && "mark" in first; first = this.queue[0]) {
			this.port.postMessage({ mark: first.mark });
			this.queue.shift();
			this.marks++;
		}
	}

	/** Sound again, after a silence. */
	private begin() {
		this.speaking = true;
		this.waited = 0;
		if (this.marks >= BEGINS) {
			this.ready = Math.max(this.ready - LESS, READY);
			return;
		}
		this.rising = FADE;
		this.port.postMessage({ gaps: ++this.gaps, samples: this.idle });
	}

	/** There is sound: is it time? */
	private due(n: number): boolean {
		// Behind a mark the gateway had no more; else it was on its way.
		if (this.waited === 0 && this.marks === 0) this.ready = Math.min(this.ready + MORE, MOST);
		this.waited += n;
		return this.held >= this.ready || this.waited > WAIT * this.ready || this.fading > 0;
	}

	private die(): number {
		return Math.abs(this.last) < NOTHING ? 0 : DIES * this.last;
	}

	private next(): number {
		const first = this.queue[0];
		if (!first || "mark" in first) {
			this.speaking = false;
			this.idle = 1;
			return this.die();
		}
		let x = first.pcm[this.at++] ?? 0;
		this.held--;
		if (this.fading > 0) x *= this.fading-- / FADE;
		else this.marks = 0;
		if (this.rising > 0) x *= 1 - this.rising-- / FADE;
		if (this.at >= first.pcm.length) {
			this.queue.shift();
			this.at = 0;
			this.pass();
		}
		return x;
	}

	process(_: Float32Array[][], [output]: Float32Array[][]): boolean {
		const out = output?.[0];
		if (!out) return this.on;
		if (!this.speaking) {
			this.pass(); // all before them was played
			if (this.held > 0 && this.due(out.length)) this.begin();
		}
		for (let i = 0; i < out.length; i++) {
			if (!this.speaking) this.idle++;
			// Where there is nothing more it dies away, so that it does not click.
			this.last = this.speaking ? this.next() : this.die();
			out[i] = this.last;
			this.sum += this.last * this.last;
		}
		this.n += out.length;
		if (this.n >= LEVEL_EVERY) {
			this.port.postMessage({ level: rms(this.sum, this.n) });
			this.sum = this.n = 0;
		}
		return this.on;
	}
}

registerProcessor("capture", Capture);
registerProcessor("player", Player);
