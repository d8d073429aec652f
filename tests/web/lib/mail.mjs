// A mail server that keeps what it is given.
import { SMTPServer } from 'smtp-server';

const plain = (raw) => raw.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));

/** -> {port, next(to): text of the next mail to this address, stop()} */
export async function postbox() {
  const mails = [];
  const waiting = [];
  const hand = () => {
    for (const w of [...waiting]) {
      const i = mails.findIndex((m) => m.to.includes(w.to));
      if (i < 0) continue;
      waiting.splice(waiting.indexOf(w), 1);
      w.done(mails.splice(i, 1)[0].text);
    }
  };
  const server = new SMTPServer({
    authOptional: true, disabledCommands: ['STARTTLS'], logger: false,
    onData(stream, session, done) {
      let raw = '';
      stream.setEncoding('utf8');
      stream.on('data', (d) => { raw += d; });
      stream.on('end', () => {
        mails.push({ to: session.envelope.rcptTo.map((r) => r.address), text: plain(raw) });
        done();
        hand();
      });
    },
  });
  await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
  return {
    port: server.server.address().port,
    next: (to) => new Promise((done) => { waiting.push({ to, done }); hand(); }),
    stop: () => new Promise((ok) => server.close(ok)),
  };
}
