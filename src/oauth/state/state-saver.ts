import type { CancelTimer, Effects } from '../../base/effects.ts';
import { asError } from '../../base/error-code.ts';
import { after, type Milliseconds, seconds } from '../../base/units.ts';
import type { DcrEventListener } from '../protocol/dcr-event.ts';
import type { CredentialStore, StateBinding, StoredState } from './credential-store.ts';

const RETRY_AFTER: Milliseconds = seconds(60);

interface Snapshot {
  readonly binding: StateBinding;
  readonly state: StoredState;
}

/** Saves the latest state, one save at a time. A save that fails is tried again: the service goes on from memory. */
export class StateSaver {
  readonly #store: CredentialStore;
  readonly #effects: Effects;
  readonly #onEvent: DcrEventListener;
  #wanted: Snapshot | undefined;
  #running: Promise<void> | undefined;
  #unsaved: Snapshot | undefined;
  #cancelRetry: CancelTimer | undefined;
  #closed = false;

  constructor(store: CredentialStore, effects: Effects, onEvent: DcrEventListener) {
    this.#store = store;
    this.#effects = effects;
    this.#onEvent = onEvent;
  }

  /** Resolves, never rejects, when this state or a later one was saved or could not be. */
  save(snapshot: Snapshot): Promise<void> {
    this.#wanted = snapshot;
    this.#cancelRetry?.();
    this.#running ??= this.#saveAll();
    return this.#running;
  }

  /** Waits for the save under way, and gives a state that could not be saved one last chance. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelRetry?.();
    await this.#running;
    if (this.#unsaved !== undefined) await this.save(this.#unsaved);
  }

  async #saveAll(): Promise<void> {
    while (this.#wanted !== undefined) {
      const snapshot = this.#wanted;
      this.#wanted = undefined;
      try {
        await this.#store.save(snapshot.binding, snapshot.state);
        if (this.#unsaved !== undefined) this.#onEvent({ event: 'save-recovered' });
        this.#unsaved = undefined;
      } catch (error) {
        this.#failed(error, snapshot);
      }
    }
    // Here and not in a `finally` outside: a save that is asked for between the two would be forgotten.
    this.#running = undefined;
  }

  #failed(error: unknown, snapshot: Snapshot): void {
    this.#unsaved = snapshot;
    const nextAttemptAt = after(this.#effects.now(), RETRY_AFTER);
    this.#onEvent({ event: 'save-failed', error: asError(error), nextAttemptAt });
    if (this.#closed || this.#wanted !== undefined) return;
    this.#cancelRetry = this.#effects.setTimer(RETRY_AFTER, () => void this.save(snapshot));
  }
}
