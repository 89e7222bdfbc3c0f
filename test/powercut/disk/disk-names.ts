/** A file or a folder, whatever it is called. */
export interface DiskNode {
  readonly inode: number;
  readonly isFolder: boolean;
  /** Names in a folder. */
  readonly entries: Map<string, DiskNode>;
}

/** A name of a node. */
export interface GivenName {
  readonly folder: DiskNode;
  readonly name: string;
  readonly node: DiskNode;
}

/** A change of names: one is given, or taken away, or both. */
export interface NameChange {
  readonly gives?: GivenName | undefined;
  readonly takes?: GivenName | undefined;
}

/** The names on a disk: what each folder holds. Nodes are shared between several, their own `entries` are those of the newest. */
export class DiskNames {
  readonly root: DiskNode;
  readonly #entries: Map<DiskNode, Map<string, DiskNode>>;

  constructor(root: DiskNode, entries = new Map<DiskNode, Map<string, DiskNode>>()) {
    this.root = root;
    this.#entries = entries;
  }

  copy(): DiskNames {
    return new DiskNames(
      this.root,
      new Map([...this.#entries].map(([node, names]) => [node, new Map(names)])),
    );
  }

  /** A name that is another node's by now is not taken away. */
  apply({ gives, takes }: NameChange): void {
    if (takes !== undefined && this.#of(takes.folder).get(takes.name) === takes.node)
      this.#of(takes.folder).delete(takes.name);
    if (gives !== undefined) this.#of(gives.folder).set(gives.name, gives.node);
  }

  /** Everything that can be reached, folders before what is in them; paths are from the root. */
  *walk(folder = this.root, at = ''): Generator<{ readonly path: string; readonly node: DiskNode }> {
    for (const [name, node] of this.#of(folder)) {
      const path = at === '' ? name : `${at}/${name}`;
      yield { path, node };
      if (node.isFolder) yield* this.walk(node, path);
    }
  }

  #of(folder: DiskNode): Map<string, DiskNode> {
    let names = this.#entries.get(folder);
    if (names === undefined) this.#entries.set(folder, (names = new Map<string, DiskNode>()));
    return names;
  }
}
