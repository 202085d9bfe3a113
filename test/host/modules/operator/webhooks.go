package main

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

const (
	defaultLife  = 90 * 24 * time.Hour
	shortestLife = time.Hour
)

// certificateWebhooks fills in and judges Certificates.
type certificateWebhooks struct{}

func (certificateWebhooks) Default(_ context.Context, certificate *Certificate) error {
	if certificate.Spec.SecretName == "" {
		certificate.Spec.SecretName = certificate.Name + "-tls"
	}
	if certificate.Spec.Duration == nil {
		certificate.Spec.Duration = &metav1.Duration{Duration: defaultLife}
	}
	return nil
}

func (certificateWebhooks) ValidateCreate(_ context.Context, certificate *Certificate) (admission.Warnings, error) {
	return judge(certificate)
}

func (certificateWebhooks) ValidateUpdate(_ context.Context, _, certificate *Certificate) (admission.Warnings, error) {
	return judge(certificate)
}

func (certificateWebhooks) ValidateDelete(context.Context, *Certificate) (admission.Warnings, error) {
	return nil, nil
}

func judge(certificate *Certificate) (admission.Warnings, error) {
	spec := field.NewPath("spec")
	var wrong field.ErrorList
	for index, name := range certificate.Spec.DNSNames {
		if len(validation.IsDNS1123Subdomain(name)) > 0 {
			wrong = append(wrong, field.Invalid(spec.Child("dnsNames").Index(index), name, "must be a DNS name"))
		}
	}
	var warnings admission.Warnings
	if life := certificate.Spec.Duration; life != nil && life.Duration < shortestLife {
		why := fmt.Sprintf("must be at least %s", shortestLife)
		wrong = append(wrong, field.Invalid(spec.Child("duration"), life.Duration.String(), why))
	} else if life != nil && life.Duration > 398*24*time.Hour {
		warnings = append(warnings, "browsers trust no certificate for more than 398 days")
	}
	if len(wrong) == 0 {
		return warnings, nil
	}
	return warnings, apierrors.NewInvalid(v1.WithKind("Certificate").GroupKind(), certificate.Name, wrong)
}
