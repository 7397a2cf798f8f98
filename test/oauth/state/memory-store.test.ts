import { createMemoryStore } from '../../../src/oauth/state/memory-store.ts';
import { credentialStoreContract } from '../../support/credential-store-contract.ts';

credentialStoreContract('memory', (use) => use(createMemoryStore()));
