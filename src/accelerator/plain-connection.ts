import type { Socket } from 'node:net';
import type { Slotted } from '../base/slots.ts';
import type { EpochMs } from '../base/units.ts';
import type { Reply } from '../proxy/answer/reply.ts';
import type { SendBuffer } from '../proxy/answer/send-buffer.ts';
import type { AnswerHeads } from './answer-head.ts';
import { PlainReply, type ReplyChannel } from './plain-reply.ts';
import { type PlainFields, type PlainRequest, readPlainRequest } from './plain-request.ts';

/** What the connections of a listener share. */
export interface PlainTerms {
  readonly keepAliveSeconds: number;
  /** How long a caller may take nothing of an answer. */
  readonly writeTimeoutMs: number;
  /** Written heads of status 200 on a connection that goes on, by the list itself: the text goes when the list does. */
  readonly preparedHeads: WeakMap<readonly string[], string>;
  readonly sendBuffer: SendBuffer;
  readonly heads: AnswerHeads;
  now(): EpochMs;
  /** Whether requests on it may be taken up as they come. */
  accepts(socket: Socket): boolean;
  /** @returns `false` if the request is not for us, and nothing has been done with it */
  serve(request: PlainRequest, reply: Reply): boolean;
  /** For good: Node's HTTP server gets what comes from now on. */
  handOver(connection: PlainConnection): void;
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
  readonly #push: Socket['push'];
  #keepAlive = true;
  #fields: PlainFields | undefined;
  #reply: PlainReply | undefined;
  /** What came while an answer was under way. */
  #held: Buffer | undefined;

  constructor(socket: Socket, terms: PlainTerms) {
    this.socket = socket;
    this.#terms = terms;
    this.#push = socket.push;
    socket.push = this.#onPush;
    socket.resume();
    socket.on('end', this.#onEnd);
    socket.on('error', ignore);
    socket.on('close', this.#onClose);
  }

  get writeTimeoutMs(): number {
    return this.#terms.writeTimeoutMs;
  }

  get sendBuffer(): SendBuffer {
    return this.#terms.sendBuffer;
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
    const { text, closes } = this.#terms.heads.of(status, fields, terms, this.#terms.now());
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

  /**
   * Takes what was read before the stream's own `push` would: that is a fifth of reading a request, as it looks after a buffer and listeners
   * that are not needed as long as every chunk is dealt with as it comes.
   * @returns whether to read on
   */
  readonly #onPush = (bytes: Buffer | null): boolean => {
    if (bytes === null) return this.#giveBack(null);
    if (this.#reply === undefined && this.#held === undefined) return this.#take(bytes);
    // One read ahead at most: the rest stays with the kernel.
    this.#held = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    return false;
  };

  #take(bytes: Buffer): boolean {
    const request = this.#terms.accepts(this.socket) ? readPlainRequest(bytes, this.#fields) : undefined;
    if (request === undefined) return this.#handOver(bytes);
    this.#fields = request.fields;
    this.#keepAlive = request.fields.keepAlive;
    this.hasAsked = true;
    this.idleSweeps = 0;
    const reply = new PlainReply(this);
    this.#reply = reply;
    if (this.#terms.serve(request, reply)) return true;
    this.#reply = undefined;
    return this.#handOver(bytes);
  }

  /** What still comes is thrown away: left unread, it would reset the connection before the answer is read (RFC 9112 §9.6). */
  #end(): void {
    this.#giveBack(this.#held ?? NOTHING);
    this.socket.destroySoon();
  }

  /** The stream has its own way again. @returns whether to read on */
  #giveBack(bytes: Buffer | null): boolean {
    this.socket.push = this.#push;
    return this.socket.push(bytes);
  }

  #handOver(bytes: Buffer): boolean {
    const { socket } = this;
    socket.off('end', this.#onEnd);
    socket.off('close', this.#onClose);
    socket.off('error', ignore);
    this.#terms.handOver(this);
    return this.#giveBack(bytes);
  }

  /** As Node's server does: a caller who will send nothing more gets nothing more. */
  readonly #onEnd = (): void => {
    this.sendBuffer.flush();
    this.socket.end();
  };

  readonly #onClose = (): void => {
    this.#reply?.lost();
    this.#terms.onClosed(this);
  };
}

const ignore = (): void => {};
const NOTHING = Buffer.alloc(0);
