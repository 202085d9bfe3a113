{{- define "k3k.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{- define "k3k.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Cluster-scoped names: two releases of one name in two namespaces must not take each other's. */}}
{{- define "k3k.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "k3k.fullname" .) -}}
{{- end -}}

{{- define "k3k.selectorLabels" -}}
app.kubernetes.io/name: {{ include "k3k.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "k3k.labels" -}}
{{ include "k3k.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "k3k.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "k3k.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Takes global and image (registry, repository). */}}
{{- define "k3k.repository" -}}
{{- $registry := default .image.registry .global.imageRegistry -}}
{{- if $registry }}{{ trimSuffix "/" $registry }}/{{ end }}{{ .image.repository -}}
{{- end -}}

{{- define "k3k.controllerImage" -}}
{{- include "k3k.repository" (dict "global" .Values.global "image" .Values.controller.image) }}:{{ default .Chart.AppVersion .Values.controller.image.tag -}}
{{- end -}}

{{- define "k3k.serverImage" -}}
{{- $own := .Values.server.image -}}
{{- $controller := .Values.controller.image -}}
{{- $image := dict "registry" (default $controller.registry $own.registry) "repository" (default $controller.repository $own.repository) -}}
{{- include "k3k.repository" (dict "global" .Values.global "image" $image) }}:{{ coalesce $own.tag $controller.tag .Chart.AppVersion -}}
{{- end -}}

{{/* Names, as JSON, of pull secrets that are given as names or as objects. */}}
{{- define "k3k.pullSecrets" -}}
{{- $names := list -}}
{{- range . -}}
{{- $names = append $names (kindIs "string" . | ternary . (get (kindIs "map" . | ternary . dict) "name")) -}}
{{- end -}}
{{- $names | uniq | toJson -}}
{{- end -}}
