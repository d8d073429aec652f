// The messages of a call, as docs/browser-carrier.md has them: eight bytes of
// head, then the body. Kind, version, sequence (16 bits), timestamp (32 bits).
export const START = 1;
export const MEDIA = 2;
export const MARK = 3;
export const CLEAR = 4;
export const DTMF = 5;
export const STOP = 6;

const VERSION = 1;
const HEAD = 8;

export interface Message {
	kind: number;
	/** Samples of 48 kHz since the sender's first. */
	at: number;
	body: Uint8Array<ArrayBuffer>;
}

export function pack(kind: number, body: Uint8Array, seq = 0, at = 0): Uint8Array<ArrayBuffer> {
	const out = new Uint8Array(HEAD + body.length);
	const view = new DataView(out.buffer);
	view.setUint8(0, kind);
	view.setUint8(1, VERSION);
	view.setUint16(2, seq & 0xffff);
	view.setUint32(4, at >>> 0);
	out.set(body, HEAD);
	return out;
}

/** Null: not of this protocol. */
export function unpack(data: ArrayBuffer): Message | null {
	if (data.byteLength < HEAD) return null;
	const view = new DataView(data);
	if (view.getUint8(1) !== VERSION) return null;
	return { kind: view.getUint8(0), at: view.getUint32(4), body: new Uint8Array(data, HEAD) };
}
