import { Writable } from 'node:stream';
import type { Telemetry } from '../../admin/telemetry.ts';
import type { CancelTimer, Effects } from '../../base/effects.ts';
import { type Milliseconds, milliseconds } from '../../base/units.ts';
import type { ReportCacheContents } from '../../cache/store/report-cache.ts';

import type { FromWorker } from './messages.ts';

/** What a worker tells of itself comes from here. */
export interface ReportSources {
  /** Since the start. */
  readonly opened: () => number;
  readonly shed: () => number;
  readonly telemetry: Telemetry;
  readonly cache: () => ReportCacheContents | undefined;
}

const REPORT_EVERY: Milliseconds = milliseconds(200);
/** Lines of the log do not wait for the next report once there are so many, in UTF-16 units. */
const MOST_HELD = 65_536;

/**
 * A worker's reports to the process that holds the credentials, which writes the one log and tells the one set of
 * figures: counts are added up and lines held together, so that a request costs the same few additions as without
 * workers.
 */
export class Reports {
  readonly #effects: Pick<Effects, 'setTimer'>;
  readonly #send: (message: FromWorker) => void;
  #sources: ReportSources | undefined;
  #opened = 0;
  #shed = 0;
  #lines = '';
  #cancelTimer: CancelTimer | undefined;

  constructor(effects: Pick<Effects, 'setTimer'>, send: (message: FromWorker) => void) {
    this.#effects = effects;
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

  start(sources: ReportSources): void {
    this.#sources = sources;
    this.#wait();
  }

  /** Reports what there is, now. */
  flush(): void {
    const text = this.#lines;
    this.#lines = '';
    if (text !== '') this.#send({ kind: 'lines', text });
    const sources = this.#sources;
    if (sources === undefined) return;
    const [opened, shed] = [sources.opened(), sources.shed()];
    const report = {
      opened: opened - this.#opened,
      shed: shed - this.#shed,
      traffic: sources.telemetry.traffic.take(),
      noted: sources.telemetry.noted,
      cache: sources.cache(),
    };
    this.#opened = opened;
    this.#shed = shed;
    this.#send({ kind: 'report', report });
  }

  close(): void {
    this.#cancelTimer?.();
    this.flush();
  }

  #wait(): void {
    this.#cancelTimer = this.#effects.setTimer(REPORT_EVERY, () => {
      this.flush();
      this.#wait();
    });
  }
}
