/** The shared store cannot be reached, or does not do what it is told. Its message holds no secret. */
export class SharedStoreError extends Error {
  override readonly name = 'SharedStoreError';
  readonly code = 'shared_store_unavailable';
}
