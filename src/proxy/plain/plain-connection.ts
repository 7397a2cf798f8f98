import type { Socket } from 'node:net';
import type { EpochMs } from '../../units.ts';
import type { Slotted } from '../origin/slots.ts';
import type { Reply } from '../reply.ts';
import { answerHead } from './answer-head.ts';
import { PlainReply, type ReplyChannel } from './plain-reply.ts';
import { type PlainFields, type PlainRequest, readPlainRequest } from './plain-request.ts';

/** What the connections of a listener share. */
export interface PlainTerms {
  readonly keepAliveSeconds: number;
  /** How long a caller may take nothing of an answer. */
  readonly writeTimeoutMs: number;
  /** Written heads of status 200 on a connection that goes on, by the list itself: the text goes when the list does. */
  readonly preparedHeads: WeakMap<readonly string[], string>;
  now(): EpochMs;
  /** Whether requests on it may be taken up as they come. */
  accepts(socket: Socket): boolean;
  /** @returns `false` if the request is not for us, and nothing has been done with it */
  serve(request: PlainRequest, reply: Reply): boolean;
  /** For good: Node's HTTP server reads on, beginning with these bytes. */
  handOver(connection: PlainConnection, bytes: Buffer): void;
  onClosed(connection: PlainConnection): void;
}

/**
 * A caller's connection for as long as nothing but plain requests come, one after the other. What is not one, and what comes before the answer
 * to the last one is written, is handed over together with the connection.
 */
export class PlainConnection implements ReplyChannel, Slotted {
  readonly socket: Socket;
  slot = -1;
  /** Looks at it, since something last happened, that found it waiting for a request. */
  idleSweeps = 0;
  /** Whether it has brought a request yet. */
  hasAsked = false;
  readonly #terms: PlainTerms;
  #keepAlive = true;
  #fields: PlainFields | undefined;
  #reply: PlainReply | undefined;
  /** What came while an answer was under way. */
  #held: Buffer | undefined;

  constructor(socket: Socket, terms: PlainTerms) {
    this.socket = socket;
    this.#terms = terms;
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', ignore);
    socket.on('close', this.#onClose);
  }

  get writeTimeoutMs(): number {
    return this.#terms.writeTimeoutMs;
  }

  /** Whether an answer is under way. */
  get isAnswering(): boolean {
    return this.#reply !== undefined;
  }

  /** The connection ends with the answer under way, which says so if its head has not left. */
  closeAfterAnswer(): void {
    this.#keepAlive = false;
  }

  head(status: number, fields: readonly string[]): string {
    const terms = { keepAlive: this.#keepAlive, keepAliveSeconds: this.#terms.keepAliveSeconds };
    const { text, closes } = answerHead(status, fields, terms, this.#terms.now());
    if (closes) this.#keepAlive = false;
    return text;
  }

  preparedHead(fields: readonly string[]): string {
    if (!this.#keepAlive) return this.head(200, fields);
    const { preparedHeads } = this.#terms;
    let text = preparedHeads.get(fields);
    if (text === undefined) {
      text = this.head(200, fields);
      preparedHeads.set(fields, text);
    }
    return text;
  }

  onAnswered(): void {
    this.#reply = undefined;
    this.idleSweeps = 0;
    if (!this.#keepAlive) this.#end();
    else if (this.#held !== undefined) this.#handOver(this.#held);
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#reply !== undefined || this.#held !== undefined) {
      this.#hold(bytes);
      return;
    }
    const request = this.#terms.accepts(this.socket) ? readPlainRequest(bytes, this.#fields) : undefined;
    if (request === undefined) {
      this.#handOver(bytes);
      return;
    }
    this.#fields = request.fields;
    this.#keepAlive = request.fields.keepAlive;
    this.hasAsked = true;
    this.idleSweeps = 0;
    const reply = new PlainReply(this);
    this.#reply = reply;
    if (this.#terms.serve(request, reply)) return;
    this.#reply = undefined;
    this.#handOver(bytes);
  };

  /** What still comes is thrown away: left unread, it would reset the connection before the answer is read (RFC 9112 §9.6). */
  #end(): void {
    this.socket.off('data', this.#onData);
    this.socket.resume();
    this.socket.destroySoon();
  }

  /** One read ahead at most: the rest stays with the kernel. */
  #hold(bytes: Buffer): void {
    this.#held = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    this.socket.pause();
  }

  #handOver(bytes: Buffer): void {
    const { socket } = this;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onClose);
    socket.off('error', ignore);
    this.#terms.handOver(this, bytes);
  }

  /** As Node's server does: a caller who will send nothing more gets nothing more. */
  readonly #onEnd = (): void => {
    this.socket.end();
  };

  readonly #onClose = (): void => {
    this.#reply?.lost();
    this.#terms.onClosed(this);
  };
}

const ignore = (): void => {};
