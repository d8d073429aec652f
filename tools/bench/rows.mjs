// The rows of tools/bench/load.mjs. set: options of the gateway, given where
// the provider listens and the authority that signs for it. judge: the way
// whose 99th percentile decides where the knee is. asked: only with --rows.
const quiet = { 'media.echo': 'off' };

export const ROWS = [
  { name: 'floor', what: 'bare epoll relay, no parsing', floor: true, start: 200 },
  // The speech process has the other core, with everything else; nobody speaks
  // but us, and the tick of 20 ms is part of how evenly.
  { name: 'local', what: 'all-local call whose caller is silent: its media worker', judge: 'pace', share: 0.2, knee_ms: 25, start: 10, rate: 10,
    set: () => quiet, asked: true },
  { name: 'deepgram', what: 'full call, Deepgram-shaped recogniser, plain', judge: 'up', start: 50, rate: 50, warm: 5,
    set: (url) => ({ ...quiet, 'speech.stt': 'deepgram', 'deepgram.api_key': 'bench', 'deepgram.api_url': url }) },
  { name: 'deepgram-tls', what: '… with TLS on both sides', judge: 'up', start: 50, rate: 50, warm: 5, tls: true,
    set: (url, ca) => ({ ...quiet, 'speech.stt': 'deepgram', 'deepgram.api_key': 'bench', 'deepgram.api_url': url, 'deepgram.api_ca': ca }) },
];
