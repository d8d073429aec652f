// The rows of tools/bench/load.mjs. set: options of the gateway, given where
// the provider listens and the authority that signs for it. judge: the way
// whose 99th percentile decides where the knee is. sql: run before the first
// call. page: the callers are browsers. asked: only with --rows.
const plain = { 'media.echo': 'off' };
const openai = (url, ca) => ({ 'assistant.kind': 'openai', 'openai.api_key': 'bench', 'openai.api_url': url, ...(ca && { 'openai.api_ca': ca }),
  'openai.daily_cap_cents': 10000000 });
const deepgram = (url, ca) => ({ 'speech.stt': 'deepgram', 'deepgram.api_key': 'bench', 'deepgram.api_url': url, ...(ca && { 'deepgram.api_ca': ca }) });

export const ROWS = [
  { name: 'floor', what: 'bare epoll relay, no parsing', floor: true, start: 200 },
  { name: 'relay', what: 'OpenAI-Realtime-shaped echo, plain', echo: true, start: 100, rate: 8, warm: 3, set: (url) => ({ ...plain, ...openai(url) }) },
  { name: 'relay-tls', what: '… with TLS on both sides', echo: true, start: 100, rate: 8, warm: 3, tls: true, set: (url, ca) => ({ ...plain, ...openai(url, ca) }) },
  { name: 'deepgram', what: 'full call, Deepgram-shaped recogniser', judge: 'up', start: 50, rate: 8, warm: 5, set: (url) => ({ ...plain, ...deepgram(url) }) },
  { name: 'deepgram-tls', what: '… with TLS on both sides', judge: 'up', start: 50, rate: 8, warm: 5, tls: true, asked: true,
    set: (url, ca) => ({ ...plain, ...deepgram(url, ca) }) },
  { name: 'deepgram-echo', what: '… with canceller', judge: 'up', start: 50, rate: 8, warm: 5, set: (url) => deepgram(url) },
  { name: 'full', what: '… with canceller and recording', judge: 'up', start: 50, rate: 8, warm: 5, set: (url) => deepgram(url),
    sql: 'update businesses set recorded = true' },
  // A business may have five calls from the page of those that began in the last 15 minutes: ours all began before. They were
  // heard of just now, or housekeeping would end those whose socket is not there yet.
  { name: 'browser', what: 'browser Opus, Deepgram-shaped recogniser', page: true, judge: 'up', start: 50, rate: 8, warm: 5,
    set: (url) => ({ ...plain, ...deepgram(url) }),
    sql: "alter table calls alter started_at set default now() - interval '16 minutes', alter answered_at set default now()" },
  // The speech process has the other core, with everything else; nobody speaks
  // but us, and the tick of 20 ms is part of how evenly.
  { name: 'local', what: 'all-local call whose caller is silent: its media worker', judge: 'pace', share: 0.2, knee_ms: 25, start: 10, rate: 10,
    set: () => plain, asked: true },
];
