// operator is what cert-manager is, in small: Issuers and Certificates, webhooks that fill them in, judge and convert them, and a controller, elected among its
// replicas, that keeps Secrets. Built on controller-runtime, as operators are.
package main

import (
	"context"
	"crypto/tls"
	"os"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgo "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

func main() {
	ctrl.SetLogger(zap.New())
	if err := run(ctrl.SetupSignalHandler()); err != nil {
		ctrl.Log.Error(err, "the operator ends")
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgo.AddToScheme, apiextensions.AddToScheme} {
		if err := add(scheme); err != nil {
			return err
		}
	}
	addTypes(scheme)
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	certificate, err := servingCertificate(ctx, direct, os.Getenv("POD_NAMESPACE"))
	if err != nil {
		return err
	}
	show := func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return certificate, nil }
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		LeaderElection:                true,
		LeaderElectionID:              "operator",
		LeaderElectionReleaseOnCancel: true,
		HealthProbeBindAddress:        ":8081",
		Metrics:                       server.Options{BindAddress: "0"},
		WebhookServer: webhook.NewServer(webhook.Options{
			Port:    9443,
			TLSOpts: []func(*tls.Config){func(options *tls.Config) { options.GetCertificate = show }},
		}),
	})
	if err != nil {
		return err
	}
	webhooks := certificateWebhooks{}
	err = ctrl.NewWebhookManagedBy(manager, &Certificate{}).WithDefaulter(webhooks).WithValidator(webhooks).Complete()
	if err != nil {
		return err
	}
	r := &reconciler{Client: manager.GetClient(), recorder: manager.GetEventRecorder("operator")}
	if err := r.setup(manager); err != nil {
		return err
	}
	if err := manager.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	if err := manager.AddReadyzCheck("webhooks", manager.GetWebhookServer().StartedChecker()); err != nil {
		return err
	}
	return manager.Start(ctx)
}
