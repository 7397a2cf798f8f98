import type { Socket } from 'node:net';
import { isJoined, leaveLater, type Parcel, type Wire, type WireWatcher } from '../proxy/answer/wire.ts';
import { interimHead } from './answer-head.ts';

/** What the answer to a request has to do with its connection. */
export interface WireConnection {
  readonly socket: Socket;
  readonly slab: Slab;
  /** @returns the bytes of this head; it may be the last on the connection */
  head(status: number, fields: readonly string[]): string;
  /** Bytes were written. Over TLS, and to callers who do not read, they wait. */
  onWritten(): void;
  /** The answer has left: on to the next request. */
  onAnswered(): void;
  /** The connection ends with the answer under way, if there is one, which says so if its head has not left. */
  closeAfterAnswer(): void;
}

/** Room for a head and the largest body that is joined with one. */
const SLAB_BYTES = 32_768;

/** Where answers are put together, as long as the kernel takes them at once. */
export class Slab {
  #bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);

  /** Texts are Latin-1. */
  write(socket: Socket, head: string, body: Buffer | string): void {
    const length = head.length + body.length;
    // TLS keeps the bytes for a while.
    const isKept = length > SLAB_BYTES || 'encrypted' in socket;
    const bytes = isKept ? Buffer.allocUnsafe(length) : this.#bytes.subarray(0, length);
    bytes.write(head, 'latin1');
    if (typeof body === 'string') bytes.write(body, head.length, 'latin1');
    else bytes.set(body, head.length);
    socket.write(bytes);
    if (!isKept && socket.writableLength > 0) this.#bytes = Buffer.allocUnsafeSlow(SLAB_BYTES);
  }
}

/** The answer to one plain request: sized by its `Content-Length`, or else chunked (RFC 9112 §6). */
export class PlainWire implements Wire, Parcel {
  readonly #connection: WireConnection;
  #watcher: WireWatcher | undefined;
  /** Waits for the first piece, to leave with it. */
  #head = '';
  /** The whole body: waits for the end of the turn. */
  #body: Buffer | string = '';
  #isChunked = false;
  #isBodiless = false;
  #isComplete = false;

  constructor(connection: WireConnection) {
    this.#connection = connection;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  watch(watcher: WireWatcher): void {
    this.#watcher = watcher;
  }

  interim(status: number, fields: readonly string[]): void {
    this.#connection.socket.write(interimHead(status, fields), 'latin1');
  }

  begin(status: number, fields: readonly string[]): void {
    this.#isBodiless = status === 204 || status === 304;
    this.#isChunked = !this.#isBodiless && !isSized(fields);
    const framed = this.#isChunked ? [...fields, 'Transfer-Encoding', 'chunked'] : fields;
    this.#head = this.#connection.head(status, framed);
  }

  flush(): void {
    if (this.#head !== '') this.#connection.socket.write(this.#taken(''), 'latin1');
  }

  write(piece: Buffer): boolean {
    const { socket } = this.#connection;
    if (this.#isBodiless || piece.length === 0) return true;
    socket.cork();
    this.#put(piece);
    socket.uncork();
    this.#connection.onWritten();
    return !socket.writableNeedDrain;
  }

  #put(piece: Buffer): void {
    const { socket } = this.#connection;
    const before = this.#taken(this.#isChunked ? `${piece.length.toString(16)}\r\n` : '');
    if (before !== '') socket.write(before, 'latin1');
    socket.write(piece);
    if (this.#isChunked) socket.write('\r\n', 'latin1');
  }

  end(piece: Buffer | string): void {
    const { socket } = this.#connection;
    const body = this.#isBodiless ? '' : piece;
    if (this.#isChunked || !isJoined(body)) {
      socket.cork();
      if (body.length > 0) this.#put(typeof body === 'string' ? Buffer.from(body, 'latin1') : body);
      const last = this.#taken(this.#isChunked ? '0\r\n\r\n' : '');
      if (last !== '') socket.write(last, 'latin1');
      socket.uncork();
      this.#onEnded();
    } else {
      this.#body = body;
      leaveLater(this);
    }
  }

  leave(): void {
    const { socket, slab } = this.#connection;
    if (socket.destroyed) return;
    slab.write(socket, this.#taken(''), this.#body);
    this.#body = '';
    this.#onEnded();
  }

  #onEnded(): void {
    const { socket } = this.#connection;
    this.#connection.onWritten();
    if (socket.writableLength === 0) this.#onLeft();
    else socket.write('', () => this.#onLeft());
  }

  closeAfter(): void {
    this.#connection.closeAfterAnswer();
  }

  destroy(): void {
    this.#connection.socket.destroy();
  }

  onDrain(): void {
    this.#watcher?.onDrain();
  }

  onLost(): void {
    this.#watcher?.onClosed();
  }

  #onLeft(): void {
    if (this.#connection.socket.destroyed) return;
    this.#isComplete = true;
    this.#connection.onAnswered();
    this.#watcher?.onClosed();
  }

  /** The head that waits, and the text behind it. */
  #taken(text: string): string {
    const head = this.#head;
    this.#head = '';
    return head + text;
  }
}

const isSized = (fields: readonly string[]): boolean => {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.length === 14 && fields[i]?.toLowerCase() === 'content-length') return true;
  }
  return false;
};
