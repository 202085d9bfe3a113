package main

import (
	"context"
	"crypto/tls"
	"time"

	admissionregistration "k8s.io/api/admissionregistration/v1"
	core "k8s.io/api/core/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const year = 365 * 24 * time.Hour

// servingCertificate returns what the webhooks show: one for all replicas, in the Secret `operator-webhook`, made by the first. Tells the API server to trust it.
func servingCertificate(ctx context.Context, c client.Client, namespace string) (*tls.Certificate, error) {
	key := client.ObjectKey{Namespace: namespace, Name: "operator-webhook"}
	secret := &core.Secret{}
	err := c.Get(ctx, key, secret)
	if apierrors.IsNotFound(err) {
		secret, err = newServingSecret(key)
		if err == nil {
			err = c.Create(ctx, secret)
		}
		if apierrors.IsAlreadyExists(err) {
			err = c.Get(ctx, key, secret)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := injectAuthority(ctx, c, secret.Data["ca.crt"]); err != nil {
		return nil, err
	}
	certificate, err := tls.X509KeyPair(secret.Data["tls.crt"], secret.Data["tls.key"])
	return &certificate, err
}

func newServingSecret(key client.ObjectKey) (*core.Secret, error) {
	authority, err := newPair("operator-webhook-ca", nil, 10*year, nil)
	if err != nil {
		return nil, err
	}
	service := "operator-webhook." + key.Namespace + ".svc"
	serving, err := newPair(service, []string{service}, 10*year, authority)
	if err != nil {
		return nil, err
	}
	data, err := serving.data(authority.certificate)
	meta := metav1.ObjectMeta{Namespace: key.Namespace, Name: key.Name}
	return &core.Secret{ObjectMeta: meta, Type: core.SecretTypeTLS, Data: data}, err
}

// injectAuthority does what cert-manager's cainjector does: it writes the authority into all that calls the webhooks.
func injectAuthority(ctx context.Context, c client.Client, authority []byte) error {
	mutating := &admissionregistration.MutatingWebhookConfiguration{}
	validating := &admissionregistration.ValidatingWebhookConfiguration{}
	definition := &apiextensions.CustomResourceDefinition{}
	all := []client.Object{mutating, validating, definition}
	for index, name := range []string{"operator", "operator", "certificates." + group} {
		if err := c.Get(ctx, client.ObjectKey{Name: name}, all[index]); err != nil {
			return err
		}
	}
	before := []client.Object{mutating.DeepCopy(), validating.DeepCopy(), definition.DeepCopy()}
	for index := range mutating.Webhooks {
		mutating.Webhooks[index].ClientConfig.CABundle = authority
	}
	for index := range validating.Webhooks {
		validating.Webhooks[index].ClientConfig.CABundle = authority
	}
	definition.Spec.Conversion.Webhook.ClientConfig.CABundle = authority
	for index, object := range all {
		if err := c.Patch(ctx, object, client.MergeFrom(before[index])); err != nil {
			return err
		}
	}
	return nil
}
