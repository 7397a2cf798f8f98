import { hashText, uuidOf } from '../warehouse/hash.ts';
import { DEFAULT_SCOPES } from './scopes.ts';

/**
 * `unapproved`: known, but not cleared to register. `revoked`: its statement is valid no more, nor is anything made
 * with it.
 */
export type ApplicationState = 'approved' | 'unapproved' | 'revoked';

/** An application as an administrator registers it in the TVE Dashboard; a software statement speaks for it. */
export interface Application {
  /** The subject of its statement. */
  readonly id: string;
  readonly name: string;
  readonly state: ApplicationState;
  readonly scopes: readonly string[];
  /** Tenants whose data it may see; `all` includes those of no name. */
  readonly tenants: readonly string[] | 'all';
}

/** What may be changed of an application. */
export type ApplicationPatch = Partial<Pick<Application, 'state' | 'scopes' | 'tenants'>>;

/** The id of a name is the same in every process, so that statements can be signed elsewhere with the same key. */
export const applicationId = (name: string): string => uuidOf(hashText('application'), name);

/** The applications that a sandbox knows. One that it hears of for the first time is approved. */
export class Applications {
  readonly #byId = new Map<string, Application>();

  byName(name: string): Application {
    return this.byId(applicationId(name), name);
  }

  byId(id: string, name = id): Application {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const application: Application = { id, name, state: 'approved', scopes: DEFAULT_SCOPES, tenants: 'all' };
    this.#byId.set(id, application);
    return application;
  }

  change(name: string, patch: ApplicationPatch): Application {
    const changed = { ...this.byName(name), ...patch };
    this.#byId.set(changed.id, changed);
    return changed;
  }

  list(): readonly Application[] {
    return [...this.#byId.values()];
  }
}
