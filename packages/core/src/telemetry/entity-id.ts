// Numbers for whatever is observed: servers, channels, connections. Given when somebody asks, so they cost nothing before.

const ids = new WeakMap<object, number>();
let lastId = 0;

/** The number of an object: above 0, no other object of this process has it, and it stays. Later ones have higher numbers. */
export function entityId(entity: object): number {
  let id = ids.get(entity);
  if (id === undefined) {
    id = ++lastId;
    ids.set(entity, id);
  }
  return id;
}
