// A proxy between a browser and the gateway that keeps what passed on a path:
// a page cannot say what its player asked for, nor which bytes it was given.
import http from 'node:http';

/**
 * -> {server: for Chromium's --proxy-server, seen: [{range, status, headers,
 * body, over}], stop()}; body grows while it comes.
 */
export async function wire(pathname) {
  const seen = [];
  const proxy = http.createServer((req, res) => {
    const url = new URL(req.url);
    const one = url.pathname === pathname && { range: req.headers.range, body: Buffer.alloc(0), over: false };
    const on = http.request(url, { method: req.method, headers: req.headers }, (answer) => {
      res.writeHead(answer.statusCode, answer.rawHeaders);
      if (one) {
        Object.assign(one, { status: answer.statusCode, headers: answer.headers });
        answer.on('data', (d) => { one.body = Buffer.concat([one.body, d]); });
        seen.push(one);
      }
      answer.pipe(res);
      res.flushHeaders();
    });
    on.on('error', () => res.destroy());
    res.on('close', () => { on.destroy(); if (one) one.over = true; });
    req.pipe(on);
  });
  await new Promise((ok) => proxy.listen(0, '127.0.0.1', ok));
  return {
    server: `http://127.0.0.1:${proxy.address().port}`, seen,
    stop: () => new Promise((ok) => { proxy.close(ok); proxy.closeAllConnections(); }),
  };
}
