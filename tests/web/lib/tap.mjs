// Runs in the page before its own scripts: keeps what the player gives to the
// loudspeaker, what the decoder gives to the player, and the messages of the
// socket with their times. A test's ear: it is in no bundle. Times are the
// audio thread's own: frames that it played, however busy the machine is. The
// page is opened lax, for the ear's part in the audio thread.

export function tap() {
  const t = { pcm: [], sent: [], got: [], given: [], gaps: [], counts: {}, stalled: 0 };
  window.tapped = t;
  const rmsOf = (pcm) => {
    let sum = 0;
    for (const x of pcm) sum += x * x;
    return Math.sqrt(sum / pcm.length);
  };

  /** What the loudspeaker gets, in pieces of 20 ms; end: of the context. */
  const listen = (ear) => {
    ear.port.onmessage = ({ data }) => {
      for (let at = 0; at < data.pcm.length; at += 960) {
        const pcm = data.pcm.slice(at, at + 960);
        t.pcm.push({ end: (data.end - data.pcm.length + at + 960) / 48000, pcm, rms: rmsOf(pcm) });
      }
    };
  };

  // What the player itself says of gaps, with the time at which it is told.
  const Node = window.AudioWorkletNode;
  if (Node)
    window.AudioWorkletNode = class extends Node {
      constructor(ctx, name, ...more) {
        super(ctx, name, ...more);
        this.port.addEventListener('message', ({ data }) => {
          if (data.gaps !== undefined) t.gaps.push({ ...data, time: ctx.currentTime });
        });
      }
    };

  const EAR = `registerProcessor('ear', class extends AudioWorkletProcessor {
    constructor() { super(); this.pcm = new Float32Array(3840); this.n = 0; }
    process([input]) {
      for (let i = 0; i < 128; i++) this.pcm[this.n++] = input[0] ? input[0][i] : 0;
      if (this.n === 3840) {
        this.port.postMessage({ end: currentFrame + 128, pcm: this.pcm }, [this.pcm.buffer]);
        this.pcm = new Float32Array(3840);
        this.n = 0;
      }
      return true;
    }
  });`;
  // A thread that has nothing to do but to be in time: where it is late, so is all of the machine.
  const IDLER = `let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    if (now - last > 20) postMessage(now - last - 10);
    last = now;
  }, 10);`;
  const idler = new Worker(URL.createObjectURL(new Blob([IDLER])));
  idler.onmessage = ({ data }) => { if (t.counts.media) t.stalled = Math.max(t.stalled, data); };

  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    const ctx = this.context;
    if (to === ctx.destination && this instanceof Node) {
      t.ctx = ctx;
      void ctx.audioWorklet.addModule(URL.createObjectURL(new Blob([EAR], { type: 'text/javascript' }))).then(() => {
        const ear = new Node(ctx, 'ear', { numberOfOutputs: 0, channelCount: 1, channelCountMode: 'explicit' });
        listen(ear);
        connect.call(this, ear);
      });
    }
    return connect.call(this, to, ...more);
  };

  const Decoder = window.AudioDecoder;
  if (Decoder)
    window.AudioDecoder = class extends Decoder {
      constructor(init) {
        super({
          ...init,
          output: (data) => {
            const pcm = new Float32Array(data.numberOfFrames);
            data.copyTo(pcm, { planeIndex: 0, format: 'f32-planar' });
            t.given.push({ pcm, rms: rmsOf(pcm), time: t.ctx?.currentTime });
            init.output(data);
          },
        });
      }
    };

  /** packets: how many came before it; at: the packet's place, as the gateway says. */
  const note = (list, bytes) => {
    const head = new DataView(bytes.buffer, bytes.byteOffset, 8);
    list.push({
      at: performance.now(), time: t.ctx?.currentTime, kind: bytes[0], seq: head.getUint16(2), place: head.getUint32(4),
      name: new TextDecoder().decode(bytes.subarray(8, 40)), packets: t.counts.media ?? 0,
    });
    if (list === t.got && bytes[0] === 2) t.counts.media = (t.counts.media ?? 0) + 1;
  };
  const Socket = window.WebSocket;
  window.WebSocket = class extends Socket {
    constructor(...args) {
      super(...args);
      this.addEventListener('message', (e) => note(t.got, new Uint8Array(e.data)));
    }

    send(data) {
      if (typeof data !== 'string') note(t.sent, data);
      super.send(data);
    }
  };

  const LOUD = 0.005;
  const shape = (list) => {
    const loud = list.map((x) => x > LOUD);
    return { loud: loud.filter(Boolean).length, span: loud.lastIndexOf(true) - loud.indexOf(true) };
  };
  const count = (list, kind) => list.filter((m) => m.kind === kind).length;

  /**
   * Of the first clear, in ms: how soon it was quiet, when there was sound
   * again, when the next packet came; and the largest step until it was quiet,
   * and in the speech before.
   */
  const afterClear = () => {
    const clear = t.got.find((m) => m.kind === 4);
    if (!clear) return null;
    const since = (time) => 1000 * (time - clear.time);
    const next = t.got.find((m) => m.kind === 2 && m.at > clear.at);
    const pieces = t.pcm.filter((p) => p.end >= clear.time).map((p) => ({ ...p, quiet: p.rms < 1e-4 }));
    const quiet = pieces.findIndex((p) => p.quiet);
    const again = pieces.findIndex((p, i) => i > quiet && !p.quiet);
    const step = (list) => {
      let most = 0, last = null;
      for (const { pcm } of list)
        for (const x of pcm) {
          most = Math.max(most, Math.abs(x - (last ?? x)));
          last = x;
        }
      return most;
    };
    return {
      within: quiet < 0 ? null : since(pieces[quiet].end), again: again < 0 ? null : since(pieces[again].end),
      next: next ? since(next.time) : null,
      step: step(pieces.slice(0, quiet + 1)), before: step(t.pcm.filter((p) => p.end < clear.time)),
    };
  };

  /** How much was played since the first clear, ms: the player's own clock. */
  t.sinceClear = () => 1000 * (t.pcm.at(-1).end - t.got.find((m) => m.kind === 4).time);

  /** Of each mark: how long after it came its report went, at the least. */
  const early = () => Math.min(...t.sent.filter((m) => m.kind === 3).map((m) => m.at - (t.got.find((x) => x.kind === 3 && x.name === m.name)?.at ?? Infinity)));

  t.summary = () => ({
    played: shape(t.pcm.map((p) => p.rms)),
    given: shape(t.given.map((p) => p.rms)),
    packets: { got: count(t.got, 2), sent: count(t.sent, 2) },
    marks: { got: count(t.got, 3), sent: count(t.sent, 3), early: early() },
    clears: count(t.got, 4),
    gaps: t.gaps.length,
    afterClear: afterClear(),
  });

  const base64 = (list) => {
    const pcm = new Float32Array(list.reduce((n, p) => n + p.length, 0));
    list.reduce((at, p) => { pcm.set(p, at); return at + p.length; }, 0);
    const bytes = new Uint8Array(pcm.buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    return btoa(text);
  };
  /** All of it, for ears outside of the page: lib/ear.mjs. */
  t.whole = () => ({
    played: base64(t.pcm.map((p) => p.pcm)),
    from: t.pcm[0].end - 0.02,
    given: base64(t.given.map((p) => p.pcm)),
    media: t.got.filter((m) => m.kind === 2).map(({ time, seq, place }, i) => ({ time, seq, place, decoded: t.given[i]?.time })),
    marks: t.got.filter((m) => m.kind === 3).map(({ name, packets }) => ({ name, packets })),
    stalled: t.stalled, // ms, while packets came
  });
}

/** A microphone that says what it is told, when it is told: window.speak(samples of 48 kHz, 16 bits). */
export function mouth() {
  let ctx, mic;
  navigator.mediaDevices.getUserMedia = async () => {
    ctx = new AudioContext({ sampleRate: 48000 });
    mic = ctx.createMediaStreamDestination();
    return mic.stream;
  };
  window.speak = (samples) => {
    const buffer = ctx.createBuffer(1, samples.length, 48000);
    buffer.copyToChannel(Float32Array.from(samples, (x) => x / 32768), 0);
    const source = ctx.createBufferSource();
    source.buffer = buffer;
    source.connect(mic);
    source.start();
  };
}
