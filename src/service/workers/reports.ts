import { Writable } from 'node:stream';
import type { Answering } from '../answering.ts';
import type { PublicSide } from '../public-side.ts';
import type { FromWorker } from './messages.ts';

const REPORT_EVERY_MS = 200;
/** Lines of the log do not wait for the next report once there are so many, in UTF-16 units. */
const MOST_HELD = 65_536;

/**
 * A worker's reports to the process that holds the credentials, which writes the one log and tells the one set of
 * figures: counts are added up and lines held together, so that a request costs the same few additions as without
 * workers.
 */
export class Reports {
  readonly #send: (message: FromWorker) => void;
  #sources: { readonly answering: Answering; readonly side: PublicSide } | undefined;
  #opened = 0;
  #shed = 0;
  #lines = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (message: FromWorker) => void) {
    this.#send = send;
  }

  /** For the log: whole lines, one or more a write. */
  readonly log = new Writable({
    decodeStrings: false,
    write: (chunk, _encoding, done) => {
      this.#lines += String(chunk);
      if (this.#lines.length >= MOST_HELD) this.flush();
      done();
    },
  });

  start(answering: Answering, side: PublicSide): void {
    this.#sources = { answering, side };
    this.#timer = setInterval(() => this.flush(), REPORT_EVERY_MS).unref();
  }

  /** Reports what there is, now. */
  flush(): void {
    const text = this.#lines;
    this.#lines = '';
    if (text !== '') this.#send({ kind: 'lines', text });
    if (this.#sources === undefined) return;
    const { gateway, telemetry, cache } = this.#sources.answering;
    const [opened, shed] = [gateway.opened, this.#sources.side.shed()];
    const report = {
      opened: opened - this.#opened,
      shed: shed - this.#shed,
      traffic: telemetry.traffic.take(),
      noted: telemetry.upstream,
      cache: cache?.contents(),
    };
    this.#opened = opened;
    this.#shed = shed;
    this.#send({ kind: 'report', report });
  }

  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }
}
