package main

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/conversion"
)

const group = "pki.example.com"

var (
	v1      = schema.GroupVersion{Group: group, Version: "v1"}
	v1beta1 = schema.GroupVersion{Group: group, Version: "v1beta1"}
)

// Status is that of both kinds.
type Status struct {
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// NotAfter is when the certificate ends.
	NotAfter *metav1.Time `json:"notAfter,omitempty"`
}

// Issuer is a certificate authority, whose key lies in the Secret SecretName.
type Issuer struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              IssuerSpec `json:"spec"`
	Status            Status     `json:"status,omitempty"`
}

type IssuerSpec struct {
	SecretName string `json:"secretName"`
}

// Certificate asks an Issuer of its namespace for a certificate and keeps it, with its key, in the Secret SecretName.
type Certificate struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              CertificateSpec `json:"spec"`
	Status            Status          `json:"status,omitempty"`
}

type CertificateSpec struct {
	IssuerRef  Reference        `json:"issuerRef"`
	DNSNames   []string         `json:"dnsNames"`
	SecretName string           `json:"secretName,omitempty"`
	Duration   *metav1.Duration `json:"duration,omitempty"`
}

type Reference struct {
	Name string `json:"name"`
}

// OldCertificate is a Certificate of v1beta1, which is served and not stored.
type OldCertificate struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              OldCertificateSpec `json:"spec"`
	Status            Status             `json:"status,omitempty"`
}

type OldCertificateSpec struct {
	Issuer     string           `json:"issuer"`
	Hosts      []string         `json:"hosts"`
	SecretName string           `json:"secretName,omitempty"`
	Duration   *metav1.Duration `json:"duration,omitempty"`
}

// Hub says that all other versions are converted by way of this one.
func (*Certificate) Hub() {}

func (old *OldCertificate) ConvertTo(hub conversion.Hub) error {
	to := hub.(*Certificate)
	to.ObjectMeta, to.Status = old.ObjectMeta, old.Status
	to.Spec = CertificateSpec{
		IssuerRef:  Reference{Name: old.Spec.Issuer},
		DNSNames:   old.Spec.Hosts,
		SecretName: old.Spec.SecretName,
		Duration:   old.Spec.Duration,
	}
	return nil
}

func (old *OldCertificate) ConvertFrom(hub conversion.Hub) error {
	from := hub.(*Certificate)
	old.ObjectMeta, old.Status = from.ObjectMeta, from.Status
	old.Spec = OldCertificateSpec{
		Issuer:     from.Spec.IssuerRef.Name,
		Hosts:      from.Spec.DNSNames,
		SecretName: from.Spec.SecretName,
		Duration:   from.Spec.Duration,
	}
	return nil
}

type (
	IssuerList struct {
		metav1.TypeMeta `json:",inline"`
		metav1.ListMeta `json:"metadata,omitempty"`
		Items           []Issuer `json:"items"`
	}
	CertificateList struct {
		metav1.TypeMeta `json:",inline"`
		metav1.ListMeta `json:"metadata,omitempty"`
		Items           []Certificate `json:"items"`
	}
)

func addTypes(scheme *runtime.Scheme) {
	scheme.AddKnownTypes(v1, &Issuer{}, &IssuerList{}, &Certificate{}, &CertificateList{})
	scheme.AddKnownTypeWithName(v1beta1.WithKind("Certificate"), &OldCertificate{})
	metav1.AddToGroupVersion(scheme, v1)
	metav1.AddToGroupVersion(scheme, v1beta1)
}

func (in *Issuer) DeepCopyObject() runtime.Object      { return in.deepCopy() }
func (in *Certificate) DeepCopyObject() runtime.Object { return in.deepCopy() }
func (in *IssuerList) DeepCopyObject() runtime.Object {
	out := &IssuerList{TypeMeta: in.TypeMeta, ListMeta: *in.ListMeta.DeepCopy()}
	for _, item := range in.Items {
		out.Items = append(out.Items, *item.deepCopy())
	}
	return out
}
func (in *CertificateList) DeepCopyObject() runtime.Object {
	out := &CertificateList{TypeMeta: in.TypeMeta, ListMeta: *in.ListMeta.DeepCopy()}
	for _, item := range in.Items {
		out.Items = append(out.Items, *item.deepCopy())
	}
	return out
}

func (in *OldCertificate) DeepCopyObject() runtime.Object {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Spec.Hosts, out.Spec.Duration = slices.Clone(in.Spec.Hosts), clone(in.Spec.Duration)
	out.Status = in.Status.deepCopy()
	return &out
}

func (in *Issuer) deepCopy() *Issuer {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Status = in.Status.deepCopy()
	return &out
}

func (in *Certificate) deepCopy() *Certificate {
	out := *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	out.Spec.DNSNames, out.Spec.Duration = slices.Clone(in.Spec.DNSNames), clone(in.Spec.Duration)
	out.Status = in.Status.deepCopy()
	return &out
}

func (in Status) deepCopy() Status {
	return Status{Conditions: slices.Clone(in.Conditions), NotAfter: in.NotAfter.DeepCopy()}
}

func clone[T any](in *T) *T {
	if in == nil {
		return nil
	}
	out := *in
	return &out
}
