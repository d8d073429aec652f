// Runs in the page before its own scripts: keeps what the player gives to the
// loudspeaker, what the decoder gives to the player, and the messages of the
// socket with their times. A test's ear: it is in no bundle.
export function tap() {
  const t = { pcm: [], sent: [], got: [], given: [] };
  window.tapped = t;
  const rmsOf = (pcm) => {
    let sum = 0;
    for (const x of pcm) sum += x * x;
    return Math.sqrt(sum / pcm.length);
  };

  /** Samples of the track in pieces of 20 ms; time: of the context, when it began. */
  const listen = async (track, time) => {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 }).readable.getReader();
    let piece = new Float32Array(960), n = 0, all = 0;
    for (;;) {
      const { value: data, done } = await reader.read();
      if (done) return;
      const pcm = new Float32Array(data.numberOfFrames);
      data.copyTo(pcm, { planeIndex: 0, format: 'f32-planar' });
      data.close();
      for (const x of pcm) {
        piece[n++] = x;
        all++;
        if (n < 960) continue;
        t.pcm.push({ end: time + all / 48000, pcm: piece, rms: rmsOf(piece) });
        piece = new Float32Array(960);
        n = 0;
      }
    }
  };

  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    const ctx = this.context;
    if (to === ctx.destination && this instanceof AudioWorkletNode) {
      t.ctx = ctx;
      const ear = ctx.createMediaStreamDestination();
      connect.call(this, ear);
      void listen(ear.stream.getAudioTracks()[0], ctx.currentTime);
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
            t.given.push(rmsOf(pcm));
            init.output(data);
          },
        });
      }
    };

  const note = (list, bytes) => list.push({ at: performance.now(), time: t.ctx?.currentTime, kind: bytes[0], name: new TextDecoder().decode(bytes.subarray(8, 40)), packets: t.got.filter((m) => m.kind === 2).length });
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

  /** By how much the latest packet missed the time at which it was due; ms. */
  const late = () => {
    const media = t.got.filter((m) => m.kind === 2);
    return Math.max(...media.map((m, i) => m.at - media[0].at - 20 * i));
  };

  /** Of each mark: how long after it came its report went, at the least. */
  const early = () => Math.min(...t.sent.filter((m) => m.kind === 3).map((m) => m.at - (t.got.find((x) => x.kind === 3 && x.name === m.name)?.at ?? Infinity)));

  t.summary = () => ({
    played: shape(t.pcm.map((p) => p.rms)),
    given: shape(t.given),
    packets: { got: count(t.got, 2), sent: count(t.sent, 2) },
    marks: { got: count(t.got, 3), sent: count(t.sent, 3), early: early() },
    late: late(),
    clears: count(t.got, 4),
    afterClear: afterClear(),
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
