package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	core "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

type reconciler struct {
	client.Client
	recorder events.EventRecorder
}

func (r *reconciler) setup(manager ctrl.Manager) error {
	err := ctrl.NewControllerManagedBy(manager).For(&Issuer{}).Owns(&core.Secret{}).Complete(reconcile.Func(r.issuer))
	if err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(manager).
		For(&Certificate{}).
		Owns(&core.Secret{}).
		Watches(&Issuer{}, handler.EnqueueRequestsFromMapFunc(r.certificatesOf)).
		Complete(reconcile.Func(r.certificate))
}

// issuer gives an Issuer its authority.
func (r *reconciler) issuer(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	issuer := &Issuer{}
	if err := r.Get(ctx, request.NamespacedName, issuer); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	authority, err := r.pairIn(ctx, issuer.Namespace, issuer.Spec.SecretName)
	if err != nil {
		return reconcile.Result{}, err
	}
	if authority == nil {
		if authority, err = newPair(issuer.Name, nil, 10*year, nil); err != nil {
			return reconcile.Result{}, err
		}
		if err := r.store(ctx, issuer, issuer.Spec.SecretName, authority, authority); err != nil {
			return reconcile.Result{}, err
		}
		r.recorder.Eventf(issuer, nil, core.EventTypeNormal, "KeyGenerated", "Generate", "Made an authority in the Secret %q", issuer.Spec.SecretName)
	}
	return reconcile.Result{}, r.tell(ctx, issuer, &issuer.Status, metav1.ConditionTrue, "KeyPairVerified", "The authority can sign certificates", authority)
}

// certificate has the Secret of a Certificate hold one that its Issuer has signed for its names, with a third of its life to go at least.
func (r *reconciler) certificate(ctx context.Context, request reconcile.Request) (reconcile.Result, error) {
	certificate := &Certificate{}
	if err := r.Get(ctx, request.NamespacedName, certificate); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	spec := certificate.Spec
	authority, err := r.authorityOf(ctx, certificate)
	if err != nil {
		return reconcile.Result{}, err
	}
	if authority == nil {
		why := fmt.Sprintf("The Issuer %q is not ready", spec.IssuerRef.Name)
		return reconcile.Result{}, r.tell(ctx, certificate, &certificate.Status, metav1.ConditionFalse, "IssuerNotReady", why, nil)
	}
	stored, err := r.pairIn(ctx, certificate.Namespace, spec.SecretName)
	if err != nil {
		return reconcile.Result{}, err
	}
	if stored == nil || stored.certificate.CheckSignatureFrom(authority.certificate) != nil ||
		!slices.Equal(stored.certificate.DNSNames, spec.DNSNames) || time.Now().After(renewalOf(stored)) {
		if stored, err = newPair(spec.DNSNames[0], spec.DNSNames, spec.Duration.Duration, authority); err != nil {
			return reconcile.Result{}, err
		}
		if err := r.store(ctx, certificate, spec.SecretName, stored, authority); err != nil {
			return reconcile.Result{}, err
		}
		r.recorder.Eventf(certificate, nil, core.EventTypeNormal, "Issued", "Issue", "Stored a certificate for %s in the Secret %q", strings.Join(spec.DNSNames, ", "), spec.SecretName)
	}
	err = r.tell(ctx, certificate, &certificate.Status, metav1.ConditionTrue, "Issued", "The certificate is up to date", stored)
	return reconcile.Result{RequeueAfter: time.Until(renewalOf(stored))}, err
}

func renewalOf(p *pair) time.Time {
	life := p.certificate.NotAfter.Sub(p.certificate.NotBefore)
	return p.certificate.NotAfter.Add(-life / 3)
}

// authorityOf returns that of the Issuer that signs, nil if it has none yet.
func (r *reconciler) authorityOf(ctx context.Context, certificate *Certificate) (*pair, error) {
	issuer := &Issuer{}
	key := types.NamespacedName{Namespace: certificate.Namespace, Name: certificate.Spec.IssuerRef.Name}
	if err := r.Get(ctx, key, issuer); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return r.pairIn(ctx, issuer.Namespace, issuer.Spec.SecretName)
}

// pairIn returns the pair in a Secret, nil if there is none.
func (r *reconciler) pairIn(ctx context.Context, namespace, name string) (*pair, error) {
	secret := &core.Secret{}
	err := r.Get(ctx, types.NamespacedName{Namespace: namespace, Name: name}, secret)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	found, err := pairOf(secret.Data)
	if err != nil {
		return nil, nil
	}
	return found, nil
}

func (r *reconciler) store(ctx context.Context, owner client.Object, name string, p, authority *pair) error {
	data, err := p.data(authority.certificate)
	if err != nil {
		return err
	}
	secret := &core.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: owner.GetNamespace(), Name: name}}
	_, err = controllerutil.CreateOrUpdate(ctx, r.Client, secret, func() error {
		secret.Type, secret.Data = core.SecretTypeTLS, data
		return controllerutil.SetControllerReference(owner, secret, r.Scheme())
	})
	return err
}

// tell writes the condition Ready if it is another than before.
func (r *reconciler) tell(ctx context.Context, object client.Object, status *Status, ready metav1.ConditionStatus, reason, message string, p *pair) error {
	changed := meta.SetStatusCondition(&status.Conditions, metav1.Condition{
		Type: "Ready", Status: ready, Reason: reason, Message: message, ObservedGeneration: object.GetGeneration(),
	})
	var end *metav1.Time
	if p != nil {
		end = &metav1.Time{Time: p.certificate.NotAfter}
	}
	if !changed && end.Equal(status.NotAfter) {
		return nil
	}
	status.NotAfter = end
	return r.Status().Update(ctx, object)
}

// certificatesOf returns those that an Issuer is to sign.
func (r *reconciler) certificatesOf(ctx context.Context, issuer client.Object) (requests []reconcile.Request) {
	list := &CertificateList{}
	if err := r.List(ctx, list, client.InNamespace(issuer.GetNamespace())); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "cannot list certificates")
	}
	for _, each := range list.Items {
		if each.Spec.IssuerRef.Name == issuer.GetName() {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&each)})
		}
	}
	return requests
}
