/** What the gateway may import of a cluster, when it is a node of one: this loads the client of the NATS servers. */
export { startNode } from './node/cluster-node.js';
export { ClusterOperator } from './operator/cluster-operator.js';
export type { ClusterState, NodeState } from './operator/cluster-state.js';
