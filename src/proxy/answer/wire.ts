import type { ServerResponse } from 'node:http';

/** Writes one answer to a connection: Node's response does, or whoever has read the request. */
export interface Wire {
  /** Whether all of the answer has been handed to the kernel. */
  readonly isComplete: boolean;
  /** Called when it can take more after a `false`, and once when the answer has left or its connection is lost. */
  watch(watcher: WireWatcher): void;
  /** An answer before the answer (RFC 9110 §15.2), if the caller can understand it. */
  interim(status: number, fields: readonly string[]): void;
  /** The head, which leaves with the first piece. @param fields flat, framing among them if the length is known */
  begin(status: number, fields: readonly string[]): void;
  /** Lets the head leave now. */
  flush(): void;
  /** @returns `false` to ask for a pause */
  write(piece: Buffer): boolean;
  /** @param piece the last; Latin-1 where it is text */
  end(piece: Buffer | string): void;
  /** The connection ends with this answer. Before {@link begin}. */
  closeAfter(): void;
  /** Breaks off: only a broken connection tells the caller that an answer is not whole. */
  destroy(): void;
}

export interface WireWatcher {
  onDrain(): void;
  onClosed(): void;
}

/** Bodies up to this size leave in one write with their head. */
const MAX_JOINED_BYTES = 16_384;

export const isJoined = (body: Buffer | string): boolean => body.length <= MAX_JOINED_BYTES;

/** A whole answer, head and body in one piece, which waits for the end of the turn. */
export interface Parcel {
  leave(): void;
}

let waiting: Parcel[] = [];

/**
 * Whole answers leave together, when everything that came in this turn has been read: a write by itself costs the
 * kernel a wake-up of whoever reads it, and is half of what a hit costs.
 */
export const leaveLater = (parcel: Parcel): void => {
  if (waiting.push(parcel) === 1) setImmediate(leaveNow);
};

/** For whatever is about to end a connection: answers to the requests before leave first. */
export const leaveNow = (): void => {
  const leaving = waiting;
  waiting = [];
  for (const parcel of leaving) parcel.leave();
};

export class NodeWire implements Wire, Parcel {
  readonly #response: ServerResponse;
  #body = '';

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get isComplete(): boolean {
    return this.#response.writableFinished;
  }

  watch(watcher: WireWatcher): void {
    this.#response.on('drain', () => watcher.onDrain());
    this.#response.once('close', () => watcher.onClosed());
  }

  interim(status: number, fields: readonly string[]): void {
    const response = this.#response;
    // HTTP/1.0 knows none. Node.js has the method since 24.18.
    if (response.req.httpVersionMinor > 0 && 'writeInformation' in response) {
      response.writeInformation(status, fields as string[]);
    }
  }

  begin(status: number, fields: readonly string[]): void {
    this.#response.writeHead(status, fields as string[]);
  }

  flush(): void {
    this.#response.flushHeaders();
  }

  write(piece: Buffer): boolean {
    return this.#response.write(piece);
  }

  end(piece: Buffer | string): void {
    if (!isJoined(piece)) {
      this.#response.end(piece, 'latin1');
      return;
    }
    // As text it is joined with the head, and leaves in one write.
    this.#body = typeof piece === 'string' ? piece : piece.toString('latin1');
    leaveLater(this);
  }

  leave(): void {
    this.#response.end(this.#body, 'latin1');
  }

  closeAfter(): void {
    this.#response.shouldKeepAlive = false;
  }

  destroy(): void {
    this.#response.destroy();
  }
}
