/** Gives a chunk's memory back to the connection that read it. Whoever keeps the chunk never calls it. */
export type Release = () => void;

/** The hold that a handler has on its request. */
export interface RequestControl {
  /** Nothing of the answer is wanted any more. No further call reaches the handler. */
  abort(): void;
  /** Stops reading; what has been read already still comes. */
  pause(): void;
  resume(): void;
}

/** The head of an answer, its fields flat: names as spelt and values in turn. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: readonly string[];
  /** The names among them in lower case. */
  readonly lowerNames: readonly string[];
  /** Whether the end of the body can be told from a torn connection: by a length, by chunks, or because there is none. */
  readonly framed: boolean;
}

/**
 * Takes one answer. Calls come in order: `onStart` (once for each sending, and again if the request is sent a second time),
 * any `onInterim`, `onHead`, any `onData`, then `onEnd`; or `onError` at any point, which is the last. `onLull` may come in between.
 */
export interface AnswerHandler {
  onStart(control: RequestControl): void;
  /** An interim answer (1xx) other than 100, which nobody asked for. */
  onInterim?(head: AnswerHead): void;
  onHead(head: AnswerHead): void;
  /** @param release present for large chunks only, whose memory is lent */
  onData(chunk: Buffer, release?: Release): void;
  /** All that has come so far has been told, and more is to come. */
  onLull?(): void;
  onEnd(): void;
  onError(error: Error): void;
}

/** A GET to the origin: the whole request target, and header fields flat, without `Host`. */
export interface OriginRequest {
  readonly target: string;
  readonly headers: readonly string[];
}

/** Sends a request. Interceptors are functions from one of these to another, as with undici. */
export type Dispatch = (request: OriginRequest, handler: AnswerHandler) => void;
