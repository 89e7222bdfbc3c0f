{{- define "afterclick.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 52 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "afterclick.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "afterclick.labels" -}}
{{ include "afterclick.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "afterclick.tokenSecret" -}}
{{ .Values.token.existingSecret | default (printf "%s-token" (include "afterclick.name" .)) }}
{{- end }}

{{/* What the port of operators takes. */}}
{{- define "afterclick.operatorEnv" -}}
- name: AFTERCLICK_OPERATOR_PORT
  value: {{ .Values.operators.port | quote }}
- name: AFTERCLICK_OPERATOR_CA
  value: /operators/ca.crt
- name: AFTERCLICK_TLS_CERT
  value: /tls/tls.crt
- name: AFTERCLICK_TLS_KEY
  value: /tls/tls.key
{{- end }}

{{/* What a node of a cluster is told. */}}
{{- define "afterclick.clusterEnv" -}}
- name: POD_NAME
  valueFrom: { fieldRef: { fieldPath: metadata.name } }
- name: POD_IP
  valueFrom: { fieldRef: { fieldPath: status.podIP } }
- name: AFTERCLICK_CLUSTER
  value: {{ join "," .Values.cluster.nats.servers | quote }}
- name: AFTERCLICK_CLUSTER_MONITORS
  value: {{ join "," .Values.cluster.nats.monitors | quote }}
- name: AFTERCLICK_CLUSTER_NODE
  value: $(POD_NAME)
- name: AFTERCLICK_CLUSTER_ADDRESS
  value: $(POD_IP):7070
- name: AFTERCLICK_CLUSTER_NAME
  value: {{ .Values.cluster.name | quote }}
- name: AFTERCLICK_CLUSTER_PARTITIONS
  value: {{ .Values.cluster.partitions | quote }}
- name: AFTERCLICK_CLUSTER_REPLICAS
  value: {{ .Values.cluster.replicas | quote }}
- name: AFTERCLICK_CLUSTER_STREAM_BYTES
  value: {{ .Values.cluster.streamBytes | int64 | quote }}
{{- with .Values.cluster.url }}
- name: AFTERCLICK_CLUSTER_URL
  value: {{ . | quote }}
{{- end }}
{{- if .Values.cluster.nats.credentialsSecret }}
- name: AFTERCLICK_CLUSTER_CREDS
  value: /nats/nats.creds
{{- end }}
{{/* A cluster does not encrypt what it keeps yet; the image names a key. */}}
- name: AFTERCLICK_MASTER_KEY_FILE
  value: ''
{{- end }}
