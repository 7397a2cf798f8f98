import type { Duplex } from 'node:stream';
import { rewritingStages } from './link-rewriting.ts';
import type { LinkMapping, LinkSyntax } from './links.ts';

export interface RewrittenBodyEvents {
  onData(chunk: Buffer): void;
  onEnd(): void;
  /** What was to be rewritten could not be read. */
  onError(error: Error): void;
}

/** A body on its way through the stages that map its links. */
export class RewrittenBody {
  readonly #stages: readonly Duplex[];
  readonly #first: Duplex | undefined;
  readonly #last: Duplex | undefined;

  constructor(gzip: boolean, syntax: LinkSyntax, links: LinkMapping, events: RewrittenBodyEvents) {
    this.#stages = rewritingStages(gzip, syntax, links);
    this.#first = this.#stages[0];
    this.#last = this.#stages.at(-1);
    for (const [index, stage] of this.#stages.entries()) {
      stage.on('error', (error) => events.onError(error));
      const next = this.#stages[index + 1];
      if (next !== undefined) stage.pipe(next);
    }
    this.#last?.on('data', (chunk: Buffer) => events.onData(chunk));
    this.#last?.on('end', () => events.onEnd());
  }

  /** @returns `false` if no more should come before `onDrain` was called */
  write(chunk: Buffer, onDrain: () => void): boolean {
    if (this.#first?.write(chunk) !== false) return true;
    this.#first.once('drain', onDrain);
    return false;
  }

  end(): void {
    this.#first?.end();
  }

  pause(): void {
    this.#last?.pause();
  }

  resume(): void {
    this.#last?.resume();
  }

  destroy(): void {
    for (const stage of this.#stages) stage.destroy();
  }
}
