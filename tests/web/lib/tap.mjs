// Runs in the page before its own scripts: keeps what the player gives to the
// loudspeaker, what the decoder gives to the player, and the messages of the
// socket with their times. A test's ear: it is in no bundle.
export function tap() {
  const t = { pcm: [], begun: 0, sent: [], got: [], given: [] };
  window.tapped = t;
  const rmsOf = (pcm) => Math.sqrt(pcm.reduce((sum, x) => sum + x * x, 0) / pcm.length);

  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (to, ...more) {
    if (to === this.context.destination && !this.tapped) {
      this.tapped = true;
      const ear = this.context.createScriptProcessor(1024, 1, 1);
      ear.tapped = true;
      ear.onaudioprocess = (e) => t.pcm.push({ at: performance.now(), pcm: e.inputBuffer.getChannelData(0).slice() });
      connect.call(this, ear);
      connect.call(ear, to);
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

  const note = (list, bytes) => list.push({ at: performance.now(), kind: bytes[0], name: new TextDecoder().decode(bytes.subarray(8, 40)), packets: t.got.filter((m) => m.kind === 2).length });
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

  const FRAME = 960, LOUD = 0.005;
  const shape = (list) => {
    const loud = list.map((x) => x > LOUD);
    return { loud: loud.filter(Boolean).length, span: loud.lastIndexOf(true) - loud.indexOf(true) };
  };
  const played = () => {
    const all = new Float32Array(t.pcm.reduce((n, p) => n + p.pcm.length, 0));
    let at = 0;
    for (const p of t.pcm) {
      all.set(p.pcm, at);
      at += p.pcm.length;
    }
    return all;
  };
  const frames = (all) => {
    const out = [];
    for (let i = 0; i + FRAME <= all.length; i += FRAME) out.push(rmsOf(all.subarray(i, i + FRAME)));
    return out;
  };
  const count = (list, kind) => list.filter((m) => m.kind === kind).length;

  /** How soon after the first clear it was quiet, for how long, and the largest step on the way there. */
  const afterClear = () => {
    const clear = t.got.find((m) => m.kind === 4);
    if (!clear) return null;
    let from = null, to = null, step = 0, last = 0;
    for (const p of t.pcm.filter((x) => x.at >= clear.at)) {
      for (const x of p.pcm) {
        if (from === null) step = Math.max(step, Math.abs(x - last));
        last = x;
      }
      if (from === null && rmsOf(p.pcm) < 1e-4) from = p.at;
      if (from !== null && rmsOf(p.pcm) < 1e-4) to = p.at;
      if (from !== null && rmsOf(p.pcm) >= 1e-4) break;
    }
    return { within: from === null ? Infinity : from - clear.at, silentMs: from === null ? 0 : to - from, step };
  };

  /** Of each mark: how long after it came its report went, at the least. */
  const early = () => Math.min(...t.sent.filter((m) => m.kind === 3).map((m) => m.at - (t.got.find((x) => x.kind === 3 && x.name === m.name)?.at ?? Infinity)));

  t.summary = () => ({
    played: shape(frames(played())),
    given: shape(t.given),
    packets: { got: count(t.got, 2), sent: count(t.sent, 2) },
    marks: { got: count(t.got, 3), sent: count(t.sent, 3), early: early() },
    clears: count(t.got, 4),
    afterClear: afterClear(),
  });
}
